"""Earlier runs in ML Metadata, in the form that a plan compares itself with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ml_metadata.proto import metadata_store_pb2

from pipeline.run_history import PARAMETERS, executions_by_run, open_store
from schema.signatures import VERSION_FILE

__all__ = ["Earlier", "Execution", "earlier_runs"]

_CACHED = metadata_store_pb2.Execution.State.Value("CACHED")
_FINISHED = (metadata_store_pb2.Execution.State.Value("COMPLETE"), _CACHED)
_READING = "reading"
"""Property of a reader, which has no inputs but the database."""
RUNS = 20
"""Earlier runs that a plan looks at."""


@dataclass(frozen=True)
class Execution:
    """A node of an earlier run that has finished: its properties, wall clock, whether cached."""

    properties: dict[str, str]
    seconds: float
    cached: bool


@dataclass(frozen=True)
class Earlier:
    """One earlier run.

    Attributes:
        nodes: by name, those that have finished.
        digests: by node, of its parameters (`pipeline.plan.nodes`); empty if not recorded.
        version: of the Trainer's model; empty if there is none.
        baseline: of the live model that the Evaluator compared it with; empty if there was none.
    """

    nodes: dict[str, Execution]
    digests: dict[str, str] = field(default_factory=dict)
    version: str = ""
    baseline: str = ""


def earlier_runs(metadata: Path) -> list[Earlier]:
    """The newest first, RUNS at most."""
    if not metadata.exists():
        return []
    store = open_store(metadata, readonly=True)
    runs = islice(executions_by_run(store), RUNS)
    return [_earlier(store, run, own) for run, own in runs]


def _earlier(store: Any, run: Any, executions: dict[str, Any]) -> Earlier:
    finished = {name: one for name, one in executions.items() if one.last_known_state in _FINISHED}
    recorded = run.custom_properties[PARAMETERS].string_value
    return Earlier(
        {name: _execution(store, one) for name, one in finished.items()},
        json.loads(recorded) if recorded else {},
        _version(store, finished.get("Trainer"), "model"),
        _version(store, finished.get("Evaluator"), "baseline_model"),
    )


def _execution(store: Any, one: Any) -> Execution:
    took = one.last_update_time_since_epoch - one.create_time_since_epoch
    cached = one.last_known_state == _CACHED
    by = _maker(store, one) if cached and _READING in one.custom_properties else one
    properties = {name: value.string_value for name, value in by.custom_properties.items()}
    return Execution(properties, took / 1000, cached)


def _maker(store: Any, cached: Any) -> Any:
    """The execution that made what a cached one gives: TFX enters a driver's properties there."""
    outputs = [event.artifact_id for event in store.get_events_by_execution_ids([cached.id])]
    ids = [event.execution_id for event in store.get_events_by_artifact_ids(outputs)]
    return min(store.get_executions_by_id(ids), key=lambda one: one.id, default=cached)


def _version(store: Any, execution: Any, key: str) -> str:
    """The version of the model that went in or out of an execution by this key."""
    if execution is None:
        return ""
    events = store.get_events_by_execution_ids([execution.id])
    ids = [e.artifact_id for e in events if e.path.steps and e.path.steps[0].key == key]
    for artifact in store.get_artifacts_by_id(ids):
        file = Path(artifact.uri) / "Format-Serving" / VERSION_FILE
        if file.exists():
            return file.read_text().strip()
    return ""
