"""TFX node Quarantine; runs in parallel to the reads, which leave out bad rows themselves."""

from __future__ import annotations

import json
from typing import Any

from tfx.dsl.components.base import executor_spec
from tfx.types.artifact import Artifact

from components.moment.cut_file import read_cut
from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import connection_named
from components.node.lineage import COUNTS
from components.node.run_lock import check_run_lock
from components.quarantine.store import check_shares, prepare, quarantine

__all__ = ["Quarantine", "QuarantineReport"]

ENVIRONMENT = "database_url_env"


class QuarantineReport(Artifact):
    """Report with the property `counts`, as JSON: rows by "table: reason"."""

    TYPE_NAME = "two_tower.QuarantineReport"  # Kubeflow wants a prefix


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Commit the findings, then raise DataError if they exceed the limit."""
        del inputs
        variable, cut = parameters[ENVIRONMENT], read_cut(parameters["cut"])
        with connection_named(variable, readonly=False) as connection:
            prepare(connection, self.run_id)
        with connection_named(variable, readonly=False, snapshot=cut.snapshot) as connection:
            connection.set_session(isolation_level="REPEATABLE READ")
            found = quarantine(connection, self.run_id, cut.without_key)
            check_run_lock()
        check_shares(found, parameters["limit"])
        counts = {f"{finding.table}: {finding.reason}": finding.rows for finding in found}
        outputs.one("report").set_string_custom_property(COUNTS, json.dumps(counts))


class Quarantine(Node):
    """Counts the rows that the queries leave out, and keeps them in `two_tower.quarantine`.

    Args:
        database_url_env: name of the environment variable that holds the database's URL.
        cut: path of the file that the node Moment writes.
        limit: share of a table's rows, 0 to 1, above which the run ends.
    """

    SPEC_CLASS = spec(
        outputs={"report": QuarantineReport},
        parameters={ENVIRONMENT: str, "cut": str, "limit": float},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(self, database_url_env: str, cut: str, limit: float) -> None:
        super().__init__(**{ENVIRONMENT: database_url_env}, cut=cut, limit=limit)
