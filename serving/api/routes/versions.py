"""`GET /v1/versions`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from releases.registry import Version
from serving.api.answers import json_response
from serving.api.models import VersionOut, Versions
from serving.api.openapi import documented
from serving.api.port import Recommender

__all__ = ["router"]


def router(recommender: Recommender) -> APIRouter:
    """The route over this recommender."""
    routes = APIRouter(tags=["recommendations"])

    @routes.get("/v1/versions", **documented(Versions))
    def versions() -> Response:
        """Versions that a request for recommendations may name."""
        return json_response(Versions(versions=[*map(_out, recommender.versions())]))

    return routes


def _out(one: Version) -> VersionOut:
    since = one.released_at or one.created_at
    return VersionOut(version=one.version, state=one.state, since=since, videos=one.videos)
