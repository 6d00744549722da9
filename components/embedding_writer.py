"""The TFX node: does nothing without a blessing, and nothing twice."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import tensorflow as tf
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import Channel, component_spec, standard_artifacts

from components.inference import generate_user_embeddings, generate_video_embeddings
from components.node.always_run import AlwaysRunDriver
from components.node.connection import connection_named
from components.node.lineage import is_blessed, model_folder, model_version
from components.node.run_lock import check_run_lock
from components.node.shards import shards
from releases import vectors
from schema.feature import Side
from schema.features import USER_ID, VIDEO_ID

__all__ = ["EmbeddingWriter"]

_LOG = logging.getLogger(__name__)

ENVIRONMENT = "database_url_env"


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {ENVIRONMENT: component_spec.ExecutionParameter(type=str)}  # noqa: RUF012
    INPUTS = {  # noqa: RUF012
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "model_blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
        "users": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "catalogue": component_spec.ChannelParameter(type=standard_artifacts.Examples),
    }
    OUTPUTS: ClassVar[dict[str, Any]] = {}


class _Executor(base_executor.BaseExecutor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes both tables and the release's record in one transaction."""
        self._log_startup(input_dict, output_dict, exec_properties)
        if not is_blessed(input_dict):
            _LOG.info("not blessed: no embedding is written")
            return
        folder = model_folder(input_dict)
        version = model_version(folder)
        variable = exec_properties[ENVIRONMENT]
        with connection_named(variable, readonly=False) as connection:
            vectors.prepare(connection)
        with connection_named(variable, readonly=False) as connection:
            vectors.take_turn(connection)
            if vectors.is_complete(connection, version):
                _LOG.info("version %s is complete: nothing to do", version)
                return
            model = tf.saved_model.load(str(folder))
            counts = [
                vectors.sync_embeddings_to_db(
                    connection,
                    f"{side}_embeddings",
                    key.name,
                    generate(model, shards(input_dict[port], "all")),
                    version,
                )
                for port, side, key, generate in (
                    ("users", Side.USER, USER_ID, generate_user_embeddings),
                    ("catalogue", Side.VIDEO, VIDEO_ID, generate_video_embeddings),
                )
            ]
            vectors.record_release(connection, version, *counts)
            check_run_lock()  # the last thing before the commit


class EmbeddingWriter(base_component.BaseComponent):
    """Every user and every video into `user_embeddings` and `video_embeddings`.

    Args:
        model: the candidate.
        model_blessing: the gates' word on it.
        users: users as of the cut-off.
        catalogue: every video.
        database_url_env: name of the environment variable that holds the database's URL.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self,
        model: Channel,
        model_blessing: Channel,
        users: Channel,
        catalogue: Channel,
        database_url_env: str,
    ) -> None:
        inputs = {"model": model, "model_blessing": model_blessing}
        inputs |= {"users": users, "catalogue": catalogue}
        super().__init__(spec=_Spec(**inputs, **{ENVIRONMENT: database_url_env}))
