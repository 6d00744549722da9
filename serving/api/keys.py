"""API keys: the settings hold their hashes, a request the key.

A key has 256 random bits, so that a plain SHA-256 of it cannot be searched through, as that of a
password could.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

__all__ = ["HEADER", "Keys", "new_key"]

HEADER = "X-API-Key"
_PREFIX = "tt_"


def new_key() -> tuple[str, str]:
    """A new key, and the hash for the settings."""
    key = f"{_PREFIX}{secrets.token_urlsafe(32)}"
    return key, _hashed(key)


class Keys:
    """The keys that are accepted; none: no key is asked for."""

    def __init__(self, hashes: Sequence[str]) -> None:
        self._hashes = tuple(hashes)

    @property
    def wanted(self) -> bool:
        """Whether a request needs a key."""
        return bool(self._hashes)

    def name(self, key: str) -> str:
        """First digits of an accepted key's hash; empty for any other key.

        All hashes are compared, each in constant time.
        """
        hashed = _hashed(key)
        same = [hmac.compare_digest(hashed, one) for one in self._hashes]
        return hashed[:8] if any(same) else ""


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
