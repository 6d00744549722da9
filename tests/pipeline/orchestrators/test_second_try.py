"""A node is tried again after a lost worker, once, and after nothing else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.orchestrators.second_try import TriedAgain
from schema.errors import DataError, LostWorkerError

LOST = LostWorkerError("a", "b", "c")


def _launched(*ends: Exception | None) -> tuple[list[Exception | None], Any]:
    """Launchers that end one after the other as said, and the tries that were made."""
    tries: list[Exception | None] = []

    def launch() -> None:
        tries.append(ends[len(tries)])
        if error := tries[-1]:
            raise error

    return tries, TriedAgain(lambda: SimpleNamespace(launch=launch))


def test_a_lost_worker_gives_the_node_a_second_try(caplog: pytest.LogCaptureFixture) -> None:
    tries, node = _launched(LOST, None)
    node.launch()
    assert len(tries) == 2
    assert "expected a, got b: c; the node is tried again" in caplog.text


def test_the_second_loss_is_the_node_s_end() -> None:
    tries, node = _launched(LOST, LOST, None)
    with pytest.raises(LostWorkerError):
        node.launch()
    assert len(tries) == 2


@pytest.mark.parametrize("ends", [(None,), (DataError("a", "b", "c"), None)])
def test_nothing_else_gives_one(ends: tuple[Exception | None, ...]) -> None:
    tries, node = _launched(*ends)
    try:
        node.launch()
    except DataError:
        assert ends[0]
    assert len(tries) == 1
