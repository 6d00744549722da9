"""Both graphs, fitted once on the rows of tests/components/toy_transform.py, and a model."""

from __future__ import annotations

from typing import Any

import pytest

from schema.features import USER, VIDEO
from tests.components.toy_transform import USERS, VIDEOS, Outputs, fit
from tests.components.trainer.exported import Exported, export_random


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Outputs]:
    """The catalogue's graph, and what it makes of VIDEOS."""
    return fit(tmp_path_factory.mktemp("v"), VIDEO, VIDEOS, "catalogue_preprocessing_fn")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def users(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Outputs]:
    """The users' graph, and what it makes of USERS."""
    return fit(tmp_path_factory.mktemp("u"), USER, USERS, "user_preprocessing_fn")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def exported(
    tmp_path_factory: pytest.TempPathFactory,
    catalogue: tuple[Any, Outputs],
    users: tuple[Any, Outputs],
) -> Exported:
    """A model of random weights everywhere, and a gate of its own for each group."""
    return export_random(tmp_path_factory.mktemp("exported"), catalogue, users)
