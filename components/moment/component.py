"""TFX node Moment; always runs, and keeps its snapshot open until its readers have ended."""

from __future__ import annotations

import logging
from typing import Any

from tfx.dsl.components.base import executor_spec

from components.moment.cut import decide
from components.moment.cut_file import write_cut
from components.moment.snapshot import export_snapshot, is_joinable
from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import url_named
from components.node.held import hold
from schema.database import Connection, connect
from schema.database_errors import our_errors
from schema.windows import WindowRule

__all__ = ["Moment"]

_LOG = logging.getLogger(__name__)

ENVIRONMENT = "database_url_env"
JOINED_WITHIN_S = 5.0


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Write the cut to the file, and leave the transaction open."""
        del inputs, outputs
        url = url_named(parameters[ENVIRONMENT])
        rule = WindowRule.from_json(parameters["rule"])
        connection = connect(url, readonly=True, patient=True)
        with our_errors(connection):
            snapshot = _shared_snapshot(connection, url) if parameters["shared"] else ""
            write_cut(decide(connection, rule, snapshot), parameters["path"])
        if snapshot:
            hold(connection)
        else:
            connection.close()


def _shared_snapshot(connection: Connection, url: str) -> str:
    """The snapshot for the readers; empty, and the transaction ends, if they cannot join it."""
    snapshot = export_snapshot(connection)
    if is_joinable(url, snapshot, JOINED_WITHIN_S):
        return snapshot
    connection.rollback()
    _LOG.warning(
        "no second connection joined the run's snapshot within %g s: the readers share the time"
        " windows alone; give the pooler two connections or more",
        JOINED_WITHIN_S,
    )
    return ""


class Moment(Node):
    """Cuts time once for all readers, and exports the snapshot that they read.

    Args:
        database_url_env: name of the environment variable that holds the database's URL.
        rule: the rule that cuts time into windows.
        path: path of the file for the readers; the same for every run.
        shared: whether the readers share a snapshot: this node's process must outlive them.
    """

    SPEC_CLASS = spec(parameters={ENVIRONMENT: str, "rule": str, "path": str, "shared": int})
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self, database_url_env: str, rule: WindowRule, path: str, *, shared: bool = True
    ) -> None:
        super().__init__(
            **{ENVIRONMENT: database_url_env}, rule=rule.to_json(), path=path, shared=int(shared)
        )
