"""Optional layers around the HTTP application: CORS headers, and the page of the metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["Application", "with_cors", "with_metrics"]

Application = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]
_CORS = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, GET"),
    ("Access-Control-Allow-Headers", "Content-Type"),
]


def with_cors(app: Application) -> Application:
    """`app`, with headers by which browsers let any page read replies below /v1/."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, *_CORS], *more)

        below = environ["REQUEST_URI"].lower().startswith("/v1/")
        return app(environ, start if below else start_response)

    return answer


def with_metrics(app: Application, path: str, text: Callable[[], str]) -> Application:
    """`app`, and the page `text()` on `path`, for any method."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        target = environ["REQUEST_URI"]
        if target.partition("?")[0] != path:
            return app(environ, start_response)
        if target == path:
            status, body = HTTPStatus.OK, text()
        else:
            status, body = HTTPStatus.BAD_REQUEST, f"Unexpected path: {target}. Should be {path}"
        content = body.encode("utf-8", "surrogateescape")
        headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [content]

    return answer
