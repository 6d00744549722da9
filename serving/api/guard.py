"""Who asks, and how often: the host that was meant, the rate, then the key."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.keys import HEADER, Keys
from serving.api.limits import Rate
from serving.api.paths import guarded
from serving.api.problems import ProblemError

__all__ = ["KEY_NAME", "Guard"]

KEY_NAME = "two_tower.key"
"""Where a request's scope holds the name of its key."""


class Guard:
    """A layer that ends requests with 401, 421 or 429.

    Args:
        app: the layers within.
        keys: those accepted.
        rate: of each key. A wrong key counts for its address, so that none can be guessed.
        hosts: names that may stand in the Host header; none: any.
    """

    def __init__(self, app: ASGIApp, keys: Keys, rate: Rate, hosts: Sequence[str]) -> None:
        self._app, self._keys, self._rate = app, keys, rate
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Checks, then goes on."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            self._check_host(headers.get("host", ""))
            if guarded(scope):
                self._check_key(scope, headers.get(HEADER, ""))
        await self._app(scope, receive, send)

    def _check_host(self, host: str) -> None:
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if self._hosts and name.lower() not in self._hosts:
            detail = "expected a name of this service in Host, got another: add it to API_HOSTS"
            raise ProblemError(421, "unknown-host", detail)

    def _check_key(self, scope: Scope, key: str) -> None:
        name = self._keys.name(key)
        address = scope["client"][0] if scope["client"] else ""
        if wait_s := self._rate.wait_s(f"key {name}" if name else f"address {address}"):
            detail = "expected fewer requests, got more than the rate: wait as Retry-After says"
            raise ProblemError(429, "rate-limited", detail, retry_s=wait_s)
        if self._keys.wanted and not name:
            got = "another" if key else "none"
            detail = f"expected a valid key in {HEADER}, got {got}: ask the operator for one"
            raise ProblemError(401, "no-key", detail)
        scope[KEY_NAME] = name
