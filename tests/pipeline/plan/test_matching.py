"""What a run takes from earlier ones, by hand-made histories: the newest run comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.plan.matching import Now, cached_nodes
from pipeline.plan.nodes import COMPUTING, ON_BEAM
from pipeline.plan.past import Earlier, Execution
from releases.registry import Pointer

READERS = ("Decisions", "Catalogue", "Users", "EvalPairs", "Ranking", "Popularity")
ALL = {*READERS, *COMPUTING}
NOTHING_LIVE = Pointer()
OF_DECISIONS = {
    "DecisionsStatistics", "DecisionsValidator", "UserTransform", "Trainer", "Evaluator",
    "RetrievalEvaluator", "ReleaseFit",
}  # fmt: skip
"""Nodes with the decisions among their inputs, directly or not."""


def _now(data: str = "A", *, live: Pointer = NOTHING_LIVE, **parameters: str) -> Now:
    """Decisions of the content `data`; parameters that differ from the usual ones by node."""
    readers = {name: {"queries": "q", "input_fingerprint": "same"} for name in READERS}
    readers["Decisions"]["input_fingerprint"] = data
    return Now(readers, {**dict.fromkeys(COMPUTING, "usual"), **parameters}, live, warm_start=False)


def _run(now: Now, version: str = "1", baseline: str = "") -> Earlier:
    """A run of that moment, every node finished."""
    nodes = {
        name: Execution({**now.readers[name], "code": "c"}, 1.0, cached=False) for name in READERS
    }
    nodes |= {name: Execution({}, 1.0, cached=False) for name in COMPUTING}
    return Earlier(nodes, dict(now.digests), version, baseline)


def test_without_an_earlier_run_nothing_is_cached() -> None:
    assert cached_nodes(_now(), []) == set()


def test_after_the_same_run_everything_is() -> None:
    assert cached_nodes(_now(), [_run(_now())]) == ALL


def test_other_decisions_are_a_miss_in_all_that_depends_on_them() -> None:
    found = cached_nodes(_now("B"), [_run(_now("A"))])
    assert found == ALL - OF_DECISIONS - {"Decisions"}


@pytest.mark.parametrize(
    ("node", "also"),
    [
        ("Evaluator", {"RetrievalEvaluator"}),
        ("Trainer", {"Evaluator", "RetrievalEvaluator", "ReleaseFit"}),
        ("ReleaseFit", set()),
        ("CatalogueTransform", {"Trainer", "Evaluator", "RetrievalEvaluator", "ReleaseFit"}),
    ],
)
def test_other_parameters_are_a_miss_in_the_node_and_behind_it(node: str, also: set[str]) -> None:
    assert cached_nodes(_now(**{node: "other"}), [_run(_now())]) == ALL - {node} - also


def test_data_of_an_older_run_are_found_again_but_not_compared_with_the_same_last_ones() -> None:
    """The validator compares with the newest other statistics, which are now those of B."""
    history = [_run(_now("B"), "2"), _run(_now("A"), "1")]
    assert cached_nodes(_now("A"), history) == ALL - {"DecisionsValidator"}
    warm = replace(_now("A"), warm_start=True)
    fits = {"Trainer", "Evaluator", "RetrievalEvaluator", "ReleaseFit"}
    assert cached_nodes(warm, history) == ALL - {"DecisionsValidator"} - fits


def test_a_node_that_did_not_finish_is_computed_again() -> None:
    run = _run(_now())
    unfinished = {name: one for name, one in run.nodes.items() if name != "Trainer"}
    found = cached_nodes(_now(), [replace(run, nodes=unfinished)])
    assert found == ALL - {"Trainer", "Evaluator", "RetrievalEvaluator", "ReleaseFit"}


@pytest.mark.parametrize(
    ("live", "baseline", "is_same"),
    [
        (Pointer("2", "1"), "1", True),  # the candidate 2 went live: compared with the one before
        (Pointer("1", ""), "1", True),  # it did not
        (Pointer("1", "2"), "1", True),  # it was rolled back
        (Pointer("2", ""), "1", False),
        (Pointer("9", ""), "", True),  # a version of another folder, whose model is not here
        (Pointer("9", ""), "1", False),
    ],
)
def test_gates_are_asked_again_where_another_model_is_live(
    live: Pointer,
    baseline: str,
    is_same: bool,  # noqa: FBT001
) -> None:
    history = [_run(_now(), "2", baseline), _run(_now("0"), "1")]
    found = cached_nodes(_now(live=live), history)
    assert found == (ALL if is_same else ALL - {"Evaluator", "RetrievalEvaluator"})


def test_a_run_of_an_older_package_gives_its_readings_alone() -> None:
    """It did not record its parameters."""
    found = cached_nodes(_now(), [replace(_run(_now()), digests={})])
    assert found == {*READERS}


def test_other_arguments_of_beam_are_a_miss_in_its_nodes_and_behind_them() -> None:
    """Of two runs: one recorded the same arguments, the other was one of the usual kind."""
    now, schemas = _now(), {"DecisionsSchema", "CatalogueSchema", "PairsSchema"}
    elsewhere = replace(now, beam="flink")
    run = _run(now)
    assert cached_nodes(elsewhere, [run]) == schemas
    there = replace(run, digests={**run.digests, "Beam": "flink"})
    assert cached_nodes(elsewhere, [there]) == ALL
    assert cached_nodes(now, [there]) == schemas
    assert ON_BEAM < ALL
