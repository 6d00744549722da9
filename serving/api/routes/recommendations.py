"""`GET /v1/users/{user_id}/recommendations`, `POST /v1/recommendations`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from serving.api.answers import as_out, json_response
from serving.api.metrics import Metrics
from serving.api.models import AnswerOut, Answers, Questions, Wanted
from serving.api.openapi import documented
from serving.api.port import Recommender
from serving.api.problems import ProblemError
from serving.recommender.request import UnknownVersionError

__all__ = ["router"]


def router(recommender: Recommender, metrics: Metrics) -> APIRouter:
    """The routes over this recommender."""
    routes = APIRouter(tags=["recommendations"])

    @routes.get("/v1/users/{user_id}/recommendations", **documented(AnswerOut))
    def recommend(user_id: UUID, wanted: Annotated[Wanted, Query()]) -> Response:
        """Videos for one user, the best first, without those that the user has decided on."""
        with _known_version(recommender):
            answer = recommender.recommend(wanted.request(user_id))
        metrics.answered([answer])
        return json_response(as_out(answer), [answer])

    @routes.post("/v1/recommendations", **documented(Answers))
    def recommend_many(questions: Questions) -> Response:
        """Videos for up to 256 users; the next page excludes what the pages before have shown."""
        with _known_version(recommender):
            answers = recommender.recommend_many([one.asked() for one in questions.requests])
        metrics.answered(answers)
        return json_response(Answers.model_construct(answers=[*map(as_out, answers)]), answers)

    return routes


@contextmanager
def _known_version(recommender: Recommender) -> Iterator[None]:
    try:
        yield
    except UnknownVersionError as error:
        there = ", ".join(one.version for one in recommender.versions()) or "none"
        detail = f"expected a version among {there}, got another: /v1/versions lists them"
        raise ProblemError(422, "unknown-version", detail) from error
