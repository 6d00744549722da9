"""Around every request: its trace, headers, counts, one log line, and the last net for errors."""

from __future__ import annotations

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import trace
from serving.api.metrics import Metrics
from serving.api.problems import respond
from serving.api.request_log import RequestLog

__all__ = ["Observed"]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_INTERNAL = 500


class Observed:
    """The outermost layer: nothing is raised beyond it, so that no server writes a stack."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: RequestLog) -> None:
        self._app, self._metrics, self._log = app, metrics, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Goes on, and sees what comes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, statuses = time.perf_counter(), list[int]()
        header = trace.begin(Headers(scope=scope).get(trace.HEADER, ""))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                _complete(MutableHeaders(scope=message), header, time.perf_counter() - started)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001  # answered and logged: nothing is swallowed
            self._log.failed(error)
            if not statuses:
                response = await respond(Request(scope), error)
                await response(scope, receive, sending)
        finally:
            status = statuses[0] if statuses else _INTERNAL
            seconds = time.perf_counter() - started
            self._metrics.request(route(scope), status, seconds)
            self._log.done(scope, route(scope), status, seconds)


def route(scope: Scope) -> str:
    """The path with the names of its parts, never their values; `none` before one is found."""
    return str(getattr(scope.get("route"), "path", "none"))


def _complete(headers: MutableHeaders, header: str, seconds: float) -> None:
    headers[trace.HEADER] = header
    headers.append("Server-Timing", f"total;dur={seconds * 1e3:.2f}")
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
