"""The TFX node: runs beside the reads, which leave bad rows out by themselves."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import Channel, artifact_utils, component_spec
from tfx.types.artifact import Artifact

from components.moment.cut import read_cut
from components.node.always_run import AlwaysRunDriver
from components.node.connection import connection_named
from components.node.lineage import COUNTS
from components.node.run_lock import check_run_lock
from components.quarantine.store import check_shares, prepare, quarantine

__all__ = ["Quarantine", "QuarantineReport"]

ENVIRONMENT = "database_url_env"


class QuarantineReport(Artifact):
    """Its property `counts` is JSON: rows by "table: reason"."""

    TYPE_NAME = "QuarantineReport"


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {  # noqa: RUF012
        ENVIRONMENT: component_spec.ExecutionParameter(type=str),
        "cut": component_spec.ExecutionParameter(type=str),
        "limit": component_spec.ExecutionParameter(type=float),
    }
    INPUTS: ClassVar[dict[str, Any]] = {}
    OUTPUTS = {"report": component_spec.ChannelParameter(type=QuarantineReport)}  # noqa: RUF012


class _Executor(base_executor.BaseExecutor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Commits what it found, then raises DataError where it is too much."""
        self._log_startup(input_dict, output_dict, exec_properties)
        variable, run_id = exec_properties[ENVIRONMENT], self._context.pipeline_run_id
        cut = read_cut(exec_properties["cut"])
        with connection_named(variable, readonly=False) as connection:
            prepare(connection, run_id)
        with connection_named(variable, readonly=False, snapshot=cut.snapshot) as connection:
            connection.set_session(isolation_level="REPEATABLE READ")
            found = quarantine(connection, run_id, cut.without_key)
            check_run_lock()
        check_shares(found, exec_properties["limit"])
        report = artifact_utils.get_single_instance(output_dict["report"])
        counts = {f"{finding.table}: {finding.reason}": finding.rows for finding in found}
        report.set_string_custom_property(COUNTS, json.dumps(counts))


class Quarantine(base_component.BaseComponent):
    """Counts what the queries leave out, and keeps it in `two_tower.quarantine`.

    Args:
        database_url_env: name of the environment variable that holds the database's URL.
        cut: path of the file that the node Moment writes.
        limit: share of a table's rows, 0 to 1, above which the run ends.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(self, database_url_env: str, cut: str, limit: float) -> None:
        report = Channel(type=QuarantineReport)
        given = {ENVIRONMENT: database_url_env, "cut": cut, "limit": limit}
        super().__init__(spec=_Spec(**given, report=report))
