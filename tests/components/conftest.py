"""Both graphs, fitted once on the rows of tests/components/toy_transform.py."""

from __future__ import annotations

from typing import Any

import pytest

from schema.features import USER, VIDEO
from tests.components.toy_transform import USERS, VIDEOS, Outputs, fit


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Outputs]:
    """The catalogue's graph, and what it makes of VIDEOS."""
    return fit(tmp_path_factory.mktemp("v"), VIDEO, VIDEOS, "catalogue_preprocessing_fn")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Outputs]:
    """The users' graph, and what it makes of USERS."""
    return fit(tmp_path_factory.mktemp("u"), USER, USERS, "user_preprocessing_fn")  # type: ignore[no-any-return]
