"""Earlier runs as a plan needs them, from a store that is written as TFX writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ml_metadata.proto import metadata_store_pb2 as proto

from pipeline.plan.past import earlier_runs
from pipeline.run_history import Ended, open_store, record_end
from tests.pipeline.past_runs import write_run
from tests.pipeline.test_run_history import LONG_AGO


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    return tmp_path / "metadata.sqlite"


def _give(metadata: Path, execution: int, artifact: int, key: str, **properties: str) -> int:
    """Properties of the execution, and an output; the artifact is made if it is 0."""
    store = open_store(metadata)
    (own,) = store.get_executions_by_id([execution])
    for name, value in properties.items():
        own.custom_properties[name].string_value = value
    store.put_executions([own])
    if not artifact:
        kind = store.put_artifact_type(proto.ArtifactType(name="Anything"))
        folder = metadata.parent / key
        (artifact,) = store.put_artifacts([proto.Artifact(type_id=kind, uri=str(folder))])
    path = proto.Event.Path(steps=[proto.Event.Path.Step(key=key)])
    store.put_events(
        [
            proto.Event(
                artifact_id=artifact, execution_id=execution, type=proto.Event.OUTPUT, path=path
            )
        ]
    )
    return artifact


def test_without_a_run_there_is_none(metadata: Path) -> None:
    assert earlier_runs(metadata) == []


def test_a_cached_reader_has_the_properties_of_the_reading_that_it_took(metadata: Path) -> None:
    """TFX enters what a driver adds, such as the fingerprint, where the node was computed."""
    write_run(metadata, "first", {"Decisions": "COMPLETE"})
    write_run(metadata, "second", {"Decisions": "CACHED"})
    made = _give(metadata, 1, 0, "examples", reading="r", input_fingerprint="users:1:2")
    _give(metadata, 2, made, "examples", reading="r")
    second, first = earlier_runs(metadata)
    assert second.nodes["Decisions"].properties == first.nodes["Decisions"].properties
    assert first.nodes["Decisions"].properties["input_fingerprint"] == "users:1:2"
    assert (second.nodes["Decisions"].cached, first.nodes["Decisions"].cached) == (True, False)


def test_what_did_not_finish_is_left_out_and_parameters_are_those_recorded(metadata: Path) -> None:
    write_run(metadata, "first", {"Moment": "COMPLETE", "Trainer": "FAILED"})
    record_end(metadata, LONG_AGO, Ended.FAILED, "no memory", {"Trainer": "abc"})
    (run,) = earlier_runs(metadata)
    assert set(run.nodes) == {"Moment"}
    assert (run.digests, run.version, run.baseline) == ({"Trainer": "abc"}, "", "")


def test_the_version_is_that_of_the_trainer_s_model(metadata: Path) -> None:
    write_run(metadata, "first", {"Trainer": "COMPLETE"})
    _give(metadata, 1, 0, "model")
    file = metadata.parent / "model" / "Format-Serving" / "assets.extra" / "version"
    file.parent.mkdir(parents=True)
    file.write_text("1795798656\n")
    (run,) = earlier_runs(metadata)
    assert run.version == "1795798656"
