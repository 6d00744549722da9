"""HTTP: a WSGI callable around the handlers."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from serving.model_server.lanes import BODY_BYTES_MAX
from serving.model_server.middleware import Application
from serving.model_server.routes import Route, VersionOverflowError, match
from serving.model_server.status import Code, StatusError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["Handler", "Recorder", "application"]

Handler = Callable[[Route, bytes], str]
Recorder = Callable[[Route | None, Code, float], None]
"""Takes the route of a request (None if malformed), the code of its reply, and its seconds."""
_NOT_FOUND_PAGE = (
    b"<HTML><HEAD>\n<TITLE>404 Not Found</TITLE>\n</HEAD><BODY>\n"
    b"<H1>Not Found</H1>\n</BODY></HTML>\n"
)


def application(handle: Handler, record: Recorder) -> Application:
    """The WSGI callable that replies by `handle`; `record` receives the outcome of each request."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, content_type, body = _answer(environ, handle, record)
        headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
        start_response(f"{status} {_phrase(status)}", headers)
        return [body]

    return app


def _answer(environ: WSGIEnvironment, handle: Handler, record: Recorder) -> tuple[int, str, bytes]:
    # Not PATH_INFO: a name may contain an encoded slash, and the grammar covers the query string.
    target = environ["REQUEST_URI"]
    if not target.lower().startswith("/v1/"):
        return HTTPStatus.NOT_FOUND, "text/html", _NOT_FOUND_PAGE
    if environ["REQUEST_METHOD"] == "OPTIONS":
        origin = environ.get("HTTP_ORIGIN", "")
        allowed = origin.startswith(("http://", "https://"))
        return HTTPStatus.OK if allowed else HTTPStatus.BAD_REQUEST, "application/json", b""
    started = time.perf_counter()
    route, code, text = _result(environ, target, handle)
    record(route, code, time.perf_counter() - started)
    return code.http, "application/json", text.encode("utf-8", "surrogateescape")


def _result(
    environ: WSGIEnvironment, target: str, handle: Handler
) -> tuple[Route | None, Code, str]:
    route = None
    try:
        route = match(environ["REQUEST_METHOD"], target)
        return route, Code.OK, handle(route, _body(environ))
    except VersionOverflowError:
        return route, Code.INVALID_ARGUMENT, ""
    except StatusError as error:
        return route, error.code, json.dumps({"error": error.message}, indent=4)


def _body(environ: WSGIEnvironment) -> bytes:
    """The request's body; one that cannot be inflated counts as empty."""
    body: bytes = environ["wsgi.input"].read()
    if "gzip" not in environ.get("HTTP_CONTENT_ENCODING", ""):
        return body
    inflater = zlib.decompressobj(wbits=31)
    try:
        inflated = inflater.decompress(body, BODY_BYTES_MAX)
    except zlib.error:
        return b""
    return inflated if inflater.eof else b""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # 499 has no official name
        return "Cancelled"
