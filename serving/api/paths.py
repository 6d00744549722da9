"""Which paths stand open: without key, rate and queue. Every other path is guarded."""

from __future__ import annotations

from starlette.types import Scope

__all__ = ["OPEN", "guarded"]

OPEN = frozenset({"/", "/page.css", "/page.js", "/openapi.json", "/healthz", "/readyz", "/metrics"})


def guarded(scope: Scope) -> bool:
    """Whether this is a request for something that is not open."""
    return scope["type"] == "http" and scope["path"] not in OPEN
