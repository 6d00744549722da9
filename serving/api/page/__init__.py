"""The page at `/`: three files, read once; the browser loads nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py

__all__ = ["router"]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = (
    ("/", "index.html", "text/html"),
    ("/page.js", "page.js", "text/javascript"),
    ("/page.css", "page.css", "text/css"),
)


def router() -> APIRouter:
    """The routes of the three files."""
    routes = APIRouter()
    for path, name, media_type in _FILES:
        _add(routes, path, (Path(__file__).parent / name).read_bytes(), media_type)
    return routes


def _add(routes: APIRouter, path: str, content: bytes, media_type: str) -> None:
    headers = {"Content-Security-Policy": _POLICY}

    @routes.get(path, include_in_schema=False)
    async def file() -> Response:
        return Response(content, headers=headers, media_type=f"{media_type}; charset=utf-8")
