"""A run's time by hand-made times of its nodes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.plan.duration import node_seconds, run_seconds
from pipeline.plan.nodes import COMPUTING, EFFECTS, RESOLVERS
from pipeline.plan.past import Earlier, Execution
from pipeline.settings import Settings
from tests.pipeline.past_runs import write_run

READERS = ("Decisions", "Catalogue", "Users", "EvalPairs", "Ranking", "Popularity")
NAMES = (*READERS, *COMPUTING, *RESOLVERS, *EFFECTS)


def _run(**seconds: tuple[float, bool]) -> Earlier:
    return Earlier(
        {name: Execution({}, own, cached=cached) for name, (own, cached) in seconds.items()}
    )


def test_a_node_takes_what_its_last_computation_took_and_little_if_cached() -> None:
    earlier = [_run(Trainer=(0.1, True)), _run(Trainer=(90, False)), _run(Trainer=(50, False))]
    assert node_seconds(["Trainer"], set(), earlier) == {"Trainer": 90}
    assert node_seconds(["Trainer"], {"Trainer"}, earlier) == {"Trainer": 0.3}
    assert node_seconds(["Evaluator"], set(), earlier) == {"Evaluator": None}


def test_a_node_that_finds_no_work_in_some_runs_takes_what_it_took_at_most() -> None:
    earlier = [_run(EmbeddingCheck=(0.02, False)), _run(EmbeddingCheck=(5, False))]
    assert node_seconds(["EmbeddingCheck"], set(), earlier) == {"EmbeddingCheck": 5}
    assert node_seconds(["EmbeddingCheck"], set(), []) == {"EmbeddingCheck": None}


def test_a_run_is_as_long_as_its_longest_path_or_its_work_shared(tmp_path: Path) -> None:
    """Two at once; 20 s around the nodes where nothing is known."""
    nothing: dict[str, float | None] = dict.fromkeys(NAMES, 0.0)
    settings = Settings(folder=tmp_path, nodes_at_once=2)
    path = {**nothing, "Moment": 1.0, "Decisions": 10.0, "UserTransform": 20.0, "Trainer": 100.0}
    assert run_seconds({**path, "ReleaseFit": 50.0, "Release": 2.0}, settings) == 183 + 20
    assert run_seconds({**path, "Users": 300.0}, settings) == (431) / 2 + 20
    assert run_seconds({**path, "Users": None}, settings) is None


@pytest.mark.parametrize(("in_all", "around"), [(130.0, 130.0), (None, 20.0)])
def test_what_the_last_command_took_around_its_nodes_is_added(
    tmp_path: Path, in_all: float | None, around: float
) -> None:
    """The nodes of the hand-made run took no time."""
    settings = Settings(folder=tmp_path)
    write_run(settings.metadata, "first", {"Moment": "COMPLETE"})
    summary = {} if in_all is None else {"seconds_in_all": in_all}
    settings.summary.write_text(json.dumps(summary))
    nothing: dict[str, float | None] = dict.fromkeys(NAMES, 0.0)
    assert run_seconds(nothing, settings) == pytest.approx(around, abs=0.5)
