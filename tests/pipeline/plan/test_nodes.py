"""The plan's table of nodes beside the pipeline that TFX compiles: inputs, settings, sources."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from pipeline.plan.nodes import (
    COMPUTING,
    EFFECTS,
    ON_BEAM,
    READER,
    RESOLVERS,
    digests,
    readings,
)
from pipeline.settings import Settings

pytestmark = pytest.mark.tfx

CHANGES: dict[str, Any] = {
    "valid_fraction": 0.2, "eval_fraction": 0.2, "since": "2025-01-01T00:00:00+00:00",
    "epochs": 3, "negative_ratio": 3, "negative_alpha": 0.5, "seed": 8, "auc_pr_floor": 1.2,
    "auc_pr_tolerance": 0.02, "eval_intervals": True, "facets": True, "quarantine_limit": 0.1,
    "drift_factor": 2.0, "readers": 3, "nodes_at_once": 7, "refit": False, "release": False,
    "mirror": False, "keep": 4, "model_server_url": "http://h", "service_url": "http://h",
    "train": '{"dropout": 0.2}', "runner": "workers", "beam_workers": 3,
    "beam_options": "--job_name=b", "kubeflow_image": "i", "kubeflow_root": "/r",
}  # fmt: skip
ELSEWHERE = {"folder", "train_end", "valid_end", "eval_end", "warm_start", "node_deadline_s"}
"""In the paths of every node; three in the cut alone; in a resolver; in the runner."""


@cache
def _compiled(**changes: Any) -> dict[str, Any]:
    """The pipeline's nodes by name, in TFX's intermediate representation."""
    from tfx.dsl.compiler.compiler import Compiler

    from pipeline.definition import create_pipeline

    compiled = Compiler().compile(create_pipeline(Settings(**changes)))
    return {node.pipeline_node.node_info.id: node.pipeline_node for node in compiled.nodes}


def _parameters(node: Any) -> dict[str, str]:
    return {name: str(value) for name, value in sorted(node.parameters.parameters.items())}


def _changed(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """Nodes that are cached and whose parameters differ."""
    names = {*COMPUTING, *readings(Settings())}
    return {name for name in names if _parameters(one[name]) != _parameters(other[name])}


def test_every_node_of_the_pipeline_has_its_place() -> None:
    groups = [*COMPUTING, *EFFECTS, *RESOLVERS, *readings(Settings())]
    assert sorted(groups) == sorted(_compiled())


def test_a_node_takes_the_inputs_that_the_pipeline_gives_it() -> None:
    for name, planned in COMPUTING.items():
        channels = [
            channel.producer_node_query.id
            for given in _compiled()[name].inputs.inputs.values()
            for channel in given.channels
        ]
        assert set(planned.inputs) == {*channels} - {*RESOLVERS}, name
        assert planned.live == ("LiveModel" in channels), name
        assert planned.warm == ("LastRelease" in channels), name
        last = {f"Last{planned.after}"} if planned.after else set()
        assert {one for one in channels if one.endswith("Statistics")} & {*RESOLVERS} == last, name


def test_nodes_on_beam_are_those_that_take_its_arguments() -> None:
    """TFX puts them into the cache key of these nodes alone."""
    from tfx.dsl.compiler.compiler import Compiler
    from tfx.orchestration.local.runner_utils import extract_local_deployment_config

    from pipeline.definition import create_pipeline

    compiled = Compiler().compile(create_pipeline(Settings(beam_options="--job_name=ours")))
    specs = extract_local_deployment_config(compiled).executor_specs
    given = {
        name for name, spec in specs.items() if spec.WhichOneof("spec") == "beam_executable_spec"
    }
    assert given == ON_BEAM
    for name in given:
        args = specs[name].beam_executable_spec.beam_pipeline_args_placeholders
        assert [one.value.string_value for one in args][-1] == "--job_name=ours"


def test_every_setting_is_tried() -> None:
    assert CHANGES.keys() | ELSEWHERE == Settings.model_fields.keys()


@pytest.mark.parametrize("setting", CHANGES)
def test_a_setting_changes_the_parameters_of_the_same_nodes_in_plan_and_pipeline(
    setting: str,
) -> None:
    change = {setting: CHANGES[setting]}
    ours = _ours(Settings(), Settings(**change))
    assert _changed(_compiled(), _compiled(**change)) == ours


def _ours(one: Settings, other: Settings) -> set[str]:
    read, reread = readings(one), readings(other)
    digested, again = digests(one), digests(other)
    return {name for name in read if read[name] != reread[name]} | {
        name for name in digested if digested[name] != again[name]
    }


def test_a_warm_start_is_a_setting_of_the_nodes_that_it_may_change() -> None:
    warm = {name for name, node in COMPUTING.items() if node.warm}
    assert _ours(Settings(), Settings(warm_start=True)) == warm


@pytest.mark.parametrize("module", sorted({READER, *(n.code for n in COMPUTING.values())} - {""}))
def test_sources_are_those_of_the_pipeline_s_cache_keys(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    from tfx.dsl.compiler.compiler import Compiler

    from pipeline import definition

    usual = definition.code_hash
    monkeypatch.setattr(
        definition, "code_hash", lambda name: "edited" if name == module else usual(name)
    )
    compiled = Compiler().compile(definition.create_pipeline(Settings()))
    edited = {node.pipeline_node.node_info.id: node.pipeline_node for node in compiled.nodes}
    ours = {name for name, node in COMPUTING.items() if node.code == module}
    ours |= set(readings(Settings())) if module == READER else set()
    assert _changed(_compiled(), edited) == ours
