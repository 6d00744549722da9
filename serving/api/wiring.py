"""The recommender behind the service."""

from __future__ import annotations

from serving.api.settings import Settings
from serving.recommender.recommender import Options, Recommender

__all__ = ["open_recommender"]


def open_recommender(settings: Settings, database_url: str) -> Recommender:
    """The recommender by these settings, started; it has a connection for each worker."""
    options = Options(
        deadline_s=settings.deadline_ms / 1000,
        connections=settings.workers,
        copy_most=settings.copy_most,
        unknown_users=settings.unknown_users,
    )
    recommender = Recommender(database_url, settings.model_server_url, options)
    recommender.start()
    return recommender
