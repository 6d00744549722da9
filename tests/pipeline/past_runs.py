"""Runs in ML Metadata, written as TFX writes them."""

from __future__ import annotations

from pathlib import Path

from ml_metadata.proto import metadata_store_pb2 as proto

from pipeline.run_history import open_store

__all__ = ["write_run"]


def write_run(metadata: Path, name: str, nodes: dict[str, str]) -> None:
    """A run with these nodes, each of the type and the state that are named."""
    store = open_store(metadata)
    kinds = {
        kind: store.put_context_type(proto.ContextType(name=kind))
        for kind in ("pipeline_run", "node")
    }
    execution_type = store.put_execution_type(proto.ExecutionType(name="a.Node"))
    run = proto.Context(type_id=kinds["pipeline_run"], name=name)
    (run_id,) = store.put_contexts([run])
    for node, state in nodes.items():
        execution = proto.Execution(
            type_id=execution_type, last_known_state=proto.Execution.State.Value(state)
        )
        context = store.get_context_by_type_and_name("node", f"two_tower.{node}")
        if context is None:
            made = proto.Context(type_id=kinds["node"], name=f"two_tower.{node}")
            (node_id,) = store.put_contexts([made])
        else:
            node_id = context.id
        (execution_id,) = store.put_executions([execution])
        store.put_attributions_and_associations(
            [], [
                proto.Association(execution_id=execution_id, context_id=own)
                for own in (run_id, node_id)
            ],
        )  # fmt: skip
