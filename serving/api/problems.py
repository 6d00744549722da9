"""Every error is a problem document (RFC 9457). None has SQL, a path, a stack or a user's id.

A text of an exception is never part of one: what an application may read is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from schema.errors import DatabaseError, ModelServerError, ReleaseError, TwoTowerError
from serving.api.invalid import faults
from serving.trace import trace_id

__all__ = ["MEDIA_TYPE", "ProblemError", "problem", "respond"]

MEDIA_TYPE = "application/problem+json"
_OWN = "urn:problem-type:two-tower:"
RETRY_S = 1
"""Seconds after which a request that found no room or no database may come again."""
_KINDS: tuple[tuple[type[TwoTowerError], str, str], ...] = (
    (DatabaseError, "database-unavailable", "expected an answer of the database, got none"),
    (ModelServerError, "model-unavailable", "expected an answer of the model server, got none"),
    (ReleaseError, "no-release", "expected a version that can answer, got none"),
)


class ProblemError(Exception):
    """A request that ends with a problem document.

    Args:
        status: HTTP status.
        name: of the kind of problem, such as `unknown-video`.
        detail: expected, got, what to do.
        retry_s: seconds after which another try may succeed; 0: none will.
        more: further members of the document.
    """

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        retry_s: int = 0,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.name, self.detail = status, name, detail
        self.headers = {"Retry-After": str(retry_s)} if retry_s else {}
        if status == HTTPStatus.UNAUTHORIZED:
            self.headers["WWW-Authenticate"] = 'ApiKey header="X-API-Key"'
        self.more = dict(more or {})


def problem(error: ProblemError) -> JSONResponse:
    """The response with the document of `error`."""
    document = {
        "type": f"{_OWN}{error.name}" if error.name else "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
        "trace_id": trace_id(),
        **error.more,
    }
    return JSONResponse(document, error.status, error.headers, MEDIA_TYPE)


async def respond(_request: Request, error: Exception) -> JSONResponse:
    """The problem document of any exception."""
    return problem(_as_problem(error))


def _as_problem(error: Exception) -> ProblemError:
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, RequestValidationError):
        found = faults(error)
        more = {"errors": found}
        return ProblemError(422, "invalid-request", found[0]["detail"], more=more)
    if isinstance(error, HTTPException):
        return _of_http(error.status_code, error.headers or {})
    for kind, name, detail in _KINDS:
        if isinstance(error, kind):
            return ProblemError(503, name, f"{detail}: try again", retry_s=RETRY_S)
    detail = "expected an answer, got an error: the log has a line with this trace_id"
    return ProblemError(500, "internal", detail)


def _of_http(status: int, headers: Mapping[str, str]) -> ProblemError:
    details = {
        400: "expected a JSON document, got something else: correct the body",
        404: "expected a path of this service, got another: /openapi.json lists them",
        405: "expected a method that this path has, got another: /openapi.json lists them",
    }
    made = ProblemError(status, "", details.get(status, "the request cannot be answered"))
    made.headers |= headers
    return made
