"""The TFX node; it always runs, and keeps its snapshot open until its readers have ended."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import component_spec

from components.moment.cut import decide, write_cut
from components.moment.snapshot import export_snapshot, is_joinable
from components.node.always_run import AlwaysRunDriver
from components.node.connection import url_named
from components.node.held import hold
from schema.database import Connection, connect
from schema.database_errors import our_errors
from schema.windows import WindowRule

__all__ = ["Moment"]

_LOG = logging.getLogger(__name__)

ENVIRONMENT = "database_url_env"
JOINED_WITHIN_S = 5.0


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {  # noqa: RUF012
        ENVIRONMENT: component_spec.ExecutionParameter(type=str),
        "rule": component_spec.ExecutionParameter(type=str),
        "path": component_spec.ExecutionParameter(type=str),
    }
    INPUTS: ClassVar[dict[str, Any]] = {}
    OUTPUTS: ClassVar[dict[str, Any]] = {}


class _Executor(base_executor.BaseExecutor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Decides, writes the file, and leaves the transaction open behind it."""
        self._log_startup(input_dict, output_dict, exec_properties)
        url = url_named(exec_properties[ENVIRONMENT])
        rule = WindowRule.from_json(exec_properties["rule"])
        connection = connect(url, readonly=True, patient=True)
        with our_errors(connection):
            snapshot = _shared_snapshot(connection, url)
            write_cut(decide(connection, rule, snapshot), exec_properties["path"])
        if snapshot:
            hold(connection)
        else:
            connection.close()


def _shared_snapshot(connection: Connection, url: str) -> str:
    """What the readers join; empty, and nothing is held open, where they could not."""
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


class Moment(base_component.BaseComponent):
    """Cuts time once for every reader, and exports the snapshot that they read.

    Args:
        database_url_env: name of the environment variable that holds the database's URL.
        rule: how time is cut into windows.
        path: of the file that readers find it in; the same for every run.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(self, database_url_env: str, rule: WindowRule, path: str) -> None:
        given = {ENVIRONMENT: database_url_env, "rule": rule.to_json(), "path": path}
        super().__init__(spec=_Spec(**given))
