"""The runs as ML Metadata keeps them: when, how long each node took, how it ended and why.

Neither TFX nor TensorFlow is imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

__all__ = [
    "PARAMETERS", "Ended", "PastNode", "PastRun", "executions_by_run", "last_runs", "open_store",
    "record_end",
]  # fmt: skip

_RUN, _NODE = "pipeline_run", "node"
PARAMETERS = "parameters"
"""Property of a run: by node, a hash of its parameters, as JSON."""
_ENDED, _REASON = "ended", "reason"
_State = metadata_store_pb2.Execution.State


class Ended(StrEnum):
    """How a run ended; UNKNOWN: it runs, or was killed, or an older version of this package ran."""

    RELEASED = "released"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PastNode:
    """One node of a run.

    Attributes:
        node: its id in the pipeline.
        seconds: wall clock of driver and executor.
        state: `complete`, `cached`, `failed`, `running` and the like.
    """

    node: str
    seconds: float
    state: str


@dataclass(frozen=True)
class PastRun:
    """One run.

    Attributes:
        started_at: in UTC.
        seconds: from its first node's start to its last one's end.
        ended: how it ended.
        reason: why it was refused or failed; else empty.
        nodes: in the order in which they started.
    """

    started_at: datetime
    seconds: float
    ended: Ended
    reason: str
    nodes: tuple[PastNode, ...]


def open_store(metadata: Path, *, readonly: bool = False) -> metadata_store.MetadataStore:
    """ML Metadata in its SQLite file; a read-only one must exist."""
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(metadata)
    if readonly:
        config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READONLY
    return metadata_store.MetadataStore(config)


def record_end(
    metadata: Path,
    since: datetime,
    ended: Ended,
    reason: str = "",
    parameters: Mapping[str, str] | None = None,
) -> None:
    """Enter the end of the newest run, if its first node started after `since`.

    Args:
        metadata: SQLite file of ML Metadata.
        since: a moment before the run's first node.
        ended: how the run ended.
        reason: why it was refused or failed.
        parameters: by node, a hash of its parameters, for `two-tower plan`.
    """
    if not metadata.exists():
        return
    store = open_store(metadata)
    runs = _newest_first(store)
    if runs and _moment(runs[0].create_time_since_epoch) >= since:
        runs[0].custom_properties[_ENDED].string_value = str(ended)
        runs[0].custom_properties[_REASON].string_value = reason
        runs[0].custom_properties[PARAMETERS].string_value = json.dumps(parameters or {})
        store.put_contexts([runs[0]])


def last_runs(metadata: Path, most: int) -> list[PastRun]:
    """The newest runs first; none if there was no run in this folder."""
    if not metadata.exists():
        return []
    store = open_store(metadata, readonly=True)
    return [_past(run, nodes) for run, nodes in islice(executions_by_run(store), most)]


def executions_by_run(store: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Each run's context, the newest first, and its executions by node as they started."""
    names = _node_names(store)
    for run in _newest_first(store):
        own = sorted(store.get_executions_by_context(run.id), key=lambda one: one.id)
        yield run, {names.get(one.id, one.type): one for one in own}


def _past(run: Any, nodes: dict[str, Any]) -> PastRun:
    executions = list(nodes.values())
    begun = min((one.create_time_since_epoch for one in executions), default=0)
    ended = max((one.last_update_time_since_epoch for one in executions), default=begun)
    given = {key: value.string_value for key, value in run.custom_properties.items()}
    return PastRun(
        _moment(run.create_time_since_epoch),
        round((ended - begun) / 1000, 1),
        Ended(given.get(_ENDED, _guessed(executions))),
        given.get(_REASON, ""),
        tuple(_nodes(nodes)),
    )


def _nodes(nodes: dict[str, Any]) -> Iterator[PastNode]:
    for name, one in nodes.items():
        took = one.last_update_time_since_epoch - one.create_time_since_epoch
        state = _State.Name(one.last_known_state).lower()
        yield PastNode(name, round(took / 1000, 2), state)


def _guessed(executions: list[Any]) -> str:
    """The end of a run that has not recorded it."""
    failed = any(one.last_known_state == _State.Value("FAILED") for one in executions)
    return Ended.FAILED if failed else Ended.UNKNOWN


def _newest_first(store: Any) -> list[Any]:
    runs = store.get_contexts_by_type(_RUN)
    return sorted(runs, key=lambda one: one.create_time_since_epoch, reverse=True)


def _node_names(store: Any) -> dict[int, str]:
    """Names of nodes by the ids of their executions; TFX calls a context `<pipeline>.<node>`."""
    return {
        execution.id: context.name.partition(".")[2]
        for context in store.get_contexts_by_type(_NODE)
        for execution in store.get_executions_by_context(context.id)
    }


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
