"""The OpenAPI document; docs/openapi.json is a copy of it, which a test compares.

`python -m tests.serving.api.test_openapi` writes that copy.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from serving.api.models import Problem

__all__ = ["complete", "documented", "text"]

VERSION = "1"
_MEDIA_TYPE = "application/problem+json"
_OF_GUARDS = (400, 401, 408, 413, 421, 422, 429, 500, 503)


def documented(model: type[BaseModel] | None, *more: int, of_guards: bool = True) -> dict[str, Any]:
    """A route's answer and problems, as FastAPI's decorators take them."""
    statuses = [*_OF_GUARDS, *more] if of_guards else [421, *more]
    responses = {status: _response(status) for status in sorted(set(statuses))}
    return {"response_model": model, "responses": responses}


def _response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {_MEDIA_TYPE: {"schema": schema}},
    }


def complete(app: FastAPI) -> None:
    """Adds to the document what no route has: the problem's schema, and the key."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            parts = made().setdefault("components", {})
            parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
            key = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
            parts["securitySchemes"] = {"key": key}
            assert app.openapi_schema is not None  # `made` keeps it  # noqa: S101
            app.openapi_schema["security"] = [{}, {"key": []}]
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def text(app: FastAPI) -> str:
    """The document as its file has it."""
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
