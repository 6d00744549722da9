"""The recommender behind the service."""

from __future__ import annotations

from schema.errors import SetupError
from serving.api.port import Recommender
from serving.api.settings import Settings

__all__ = ["open_recommender"]


def open_recommender(settings: Settings, database_url: str) -> Recommender:
    """The recommender by these settings; its vectors are read in the background.

    Raises:
        SetupError: there is none yet.
    """
    del settings, database_url
    raise SetupError("a recommender behind the service", "none", "give create_app one")
