"""One export for all tests of what it writes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.toy_transform import Outputs
from tests.components.trainer.exported import Exported, export_random


@pytest.fixture(scope="session")
def exported(
    tmp_path_factory: pytest.TempPathFactory,
    catalogue: tuple[Any, Outputs],
    users: tuple[Any, Outputs],
) -> Exported:
    """Random weights everywhere, and a gate of its own for each group."""
    return export_random(tmp_path_factory.mktemp("exported"), catalogue, users)
