"""`GET /v1/videos/{video_id}/similar`."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from schema.errors import DataError
from serving.api.answers import as_out, json_response
from serving.api.metrics import Metrics
from serving.api.models import AnswerOut, Limit
from serving.api.openapi import documented
from serving.api.port import Recommender
from serving.api.problems import ProblemError

__all__ = ["router"]


def router(recommender: Recommender, metrics: Metrics) -> APIRouter:
    """The route over this recommender."""
    routes = APIRouter(tags=["recommendations"])

    @routes.get("/v1/videos/{video_id}/similar", **documented(AnswerOut, 404))
    def similar(video_id: UUID, limit: Limit = 20) -> Response:
        """The videos nearest to this one."""
        try:
            answer = recommender.similar(str(video_id), limit)
        except DataError as error:
            detail = "expected a video with an embedding, got another: check its id"
            raise ProblemError(404, "unknown-video", detail) from error
        metrics.answered([answer])
        return json_response(as_out(answer), [answer])

    return routes
