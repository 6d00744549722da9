"""`POST /v1/events`."""

from __future__ import annotations

from fastapi import APIRouter, Response

from serving.api.answers import json_response
from serving.api.events import Accepted, Events
from serving.api.openapi import documented
from serving.api.port import Recommender

__all__ = ["router"]


def router(recommender: Recommender) -> APIRouter:
    """The route over this recommender."""
    routes = APIRouter(tags=["events"])

    @routes.post("/v1/events", status_code=202, **documented(Accepted))
    def log_events(sent: Events) -> Response:
        """Keeps what users did with the videos of an answer; reports of experiments read it."""
        recommender.log_events([one.event() for one in sent.events])
        return json_response(Accepted(accepted=len(sent.events)), status=202)

    return routes
