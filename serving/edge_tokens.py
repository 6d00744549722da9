"""Tokens as Supabase Auth signs them, and the keys to check them by, on this machine."""

from __future__ import annotations

import base64
import json
import time

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

__all__ = ["Signer"]

_AUDIENCE, _KEY_ID = "authenticated", "local"
_BYTES = 32
"""Of each number of a key or a signature on the curve P-256."""


class Signer:
    """A new key on the curve P-256; it ends with this process."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def key_set(self) -> str:
        """The public key as JSON (RFC 7517)."""
        point = self._key.public_key().public_numbers()
        key = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": _KEY_ID}
        numbers = {name: _text(_fixed(getattr(point, name))) for name in ("x", "y")}
        return json.dumps({"keys": [{**key, **numbers}]})

    def token(self, supabase_url: str, user_id: str, *, lives_s: int = 3600) -> str:
        """An ES256 token of a signed-in user (RFC 7519).

        Args:
            supabase_url: root of the project.
            user_id: UUID as text.
            lives_s: seconds until it expires.
        """
        now = int(time.time())
        claims = {
            "iss": f"{supabase_url}/auth/v1", "aud": _AUDIENCE, "sub": user_id,
            "role": _AUDIENCE, "iat": now, "exp": now + lives_s,
        }  # fmt: skip
        return self.signed(claims)

    def signed(self, claims: dict[str, object]) -> str:
        """A token with these claims."""
        head = {"alg": "ES256", "typ": "JWT", "kid": _KEY_ID}
        text = ".".join(_text(json.dumps(part).encode()) for part in (head, claims))
        der = self._key.sign(text.encode(), ec.ECDSA(SHA256()))
        both = b"".join(_fixed(number) for number in decode_dss_signature(der))
        return f"{text}.{_text(both)}"


def _fixed(number: int) -> bytes:
    return number.to_bytes(_BYTES, "big")


def _text(value: bytes) -> str:
    """Base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
