"""The body of a request, read whole before the request takes a place in the queue."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.paths import guarded
from serving.api.problems import ProblemError

__all__ = ["Body"]

BYTES_MOST = 2 * 2**20
SECONDS_MOST = 10.0


class _GoneError(Exception):
    """The client left in the middle of the body."""


class Body:
    """A layer that ends requests with 408 or 413; a slow client holds no worker."""

    def __init__(
        self, app: ASGIApp, *, bytes_most: int = BYTES_MOST, seconds_most: float = SECONDS_MOST
    ) -> None:
        self._app, self._bytes_most, self._seconds_most = app, bytes_most, seconds_most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reads the body, then goes on."""
        if not guarded(scope):
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds_most):
                body = await self._read(Headers(scope=scope), receive)
        except TimeoutError:
            detail = f"expected the body within {self._seconds_most:g} s, got a part: send it again"
            raise ProblemError(408, "slow-body", detail) from None
        except _GoneError:
            return
        await self._app(scope, _replayed(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes:
        announced = headers.get("content-length", "")
        self._check(int(announced) if announced.isdecimal() else 0)
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _GoneError
            body += message.get("body", b"")
            self._check(len(body))
            more = message.get("more_body", False)
        return bytes(body)

    def _check(self, size: int) -> None:
        if size > self._bytes_most:
            detail = f"expected at most {self._bytes_most} bytes, got more: send several requests"
            raise ProblemError(413, "large-body", detail)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once, then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay
