"""Check that a SavedModel directory is complete before it is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from serving.model_server.status import Code, StatusError

__all__ = ["TAG", "check_complete"]

TAG = "serve"
_VARIABLE_OPS = {"VarHandleOp", "Variable", "VariableV2"}


def check_complete(directory: Path) -> None:
    """Return only if `directory` has a graph to serve and, if the graph needs them, variables.

    Raises:
        StatusError: a file is absent or truncated.
    """
    graph = _serving_graph(directory)
    index = directory / "variables" / "variables.index"
    if _has_variables(graph) and not index.is_file():
        # The C++ loader accepts this, and then fails each request.
        raise StatusError(Code.NOT_FOUND, f"The graph has variables, but there is no {index}")


def _serving_graph(directory: Path) -> Any:
    file = directory / "saved_model.pb"
    try:
        meta_graphs = SavedModel.FromString(file.read_bytes()).meta_graphs
    except OSError as error:
        raise StatusError(Code.NOT_FOUND, f"Could not read {file}: {error.strerror}") from error
    except DecodeError as error:
        raise StatusError(Code.OUT_OF_RANGE, f"Could not parse {file}: is it complete?") from error
    for meta_graph in meta_graphs:
        if list(meta_graph.meta_info_def.tags) == [TAG]:
            return meta_graph.graph_def
    raise StatusError(Code.NOT_FOUND, f"No meta graph with the tag {TAG} in {file}")


def _has_variables(graph: Any) -> bool:
    nodes = [graph.node, *(function.node_def for function in graph.library.function)]
    return any(node.op in _VARIABLE_OPS for group in nodes for node in group)
