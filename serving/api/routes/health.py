"""`/healthz`, `/readyz`, `/metrics`: open, and never behind answers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from serving.api.health import Look, cleaned
from serving.api.metrics import Metrics
from serving.api.models import Alive, Ready
from serving.api.openapi import documented
from serving.api.problems import ProblemError
from serving.recommender.health import Health

__all__ = ["router"]


def router(look: Look, metrics: Metrics) -> APIRouter:
    """The routes over these looks at the recommender."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", **documented(Alive, of_guards=False))
    async def alive() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"status": "alive"})

    @routes.get("/readyz", **documented(Ready, 503, of_guards=False))
    async def ready() -> JSONResponse:
        """Each dependency, the live version and its age; 503 if one does not work."""
        health = await look()
        if not health.ready:
            detail = "expected every dependency to work, got one that does not: see dependencies"
            raise ProblemError(503, "not-ready", detail, more=_document(health))
        return JSONResponse({"status": "ready", **_document(health)})

    @routes.get("/metrics", response_class=PlainTextResponse, **documented(None, of_guards=False))
    async def counts() -> Response:
        """Counts and times, in Prometheus' text format."""
        return Response(metrics.page(await look()), media_type=CONTENT_TYPE_LATEST)

    return routes


def _document(health: Health) -> dict[str, Any]:
    return {
        "dependencies": {n: cleaned(wrong) or "ok" for n, wrong in health.dependencies.items()},
        "live_version": health.live_version,
        "live_age_s": round(health.live_age_s, 1),
        "index_videos": health.index_videos,
    }
