"""`GET /v1/users`, `GET /v1/users/{user_id}/liked`: what the page shows beside an answer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from serving.api.answers import json_response
from serving.api.models import Liked, Users
from serving.api.openapi import documented
from serving.api.port import Recommender

__all__ = ["router"]

Few = Annotated[int, Query(ge=1, le=100)]


def router(recommender: Recommender) -> APIRouter:
    """The routes over this recommender."""
    routes = APIRouter(tags=["page"])

    @routes.get("/v1/users", **documented(Users))
    def sample_users(limit: Few = 20) -> Response:
        """Users with the most decisions."""
        return json_response(Users.model_construct(users=recommender.sample_users(limit)))

    @routes.get("/v1/users/{user_id}/liked", **documented(Liked))
    def liked(user_id: UUID, limit: Few = 20) -> Response:
        """Titles of a user's newest likes; none for a user that is not known."""
        return json_response(Liked(titles=recommender.liked_titles(str(user_id), limit)))

    return routes
