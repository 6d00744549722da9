"""TFX node that writes the embeddings of a blessed model; a rerun changes nothing."""

from __future__ import annotations

import logging
from typing import Any

import tensorflow as tf
from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing

from components.inference import generate_user_embeddings, generate_video_embeddings
from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import connection_named
from components.node.lineage import is_blessed, model_folder, model_version
from components.node.run_lock import check_run_lock
from releases import vectors
from releases.migrate import migrate
from schema.feature import Side
from schema.features import USER_ID, VIDEO_ID

__all__ = ["EmbeddingWriter"]

_LOG = logging.getLogger(__name__)

ENVIRONMENT = "database_url_env"


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Write both tables and the record of the release in one transaction."""
        del outputs
        if not is_blessed(inputs.one("model_blessing")):
            _LOG.info("not blessed: no embedding is written")
            return
        folder = model_folder(inputs.one("model"))
        version = model_version(folder)
        variable = parameters[ENVIRONMENT]
        with connection_named(variable, readonly=False) as connection:
            migrate(connection)
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
                    generate(model, inputs.shards(port, "all")),
                    version,
                )
                for port, side, key, generate in (
                    ("users", Side.USER, USER_ID, generate_user_embeddings),
                    ("catalogue", Side.VIDEO, VIDEO_ID, generate_video_embeddings),
                )
            ]
            vectors.record_release(connection, version, *counts)
            check_run_lock()  # directly before the commit


class EmbeddingWriter(Node):
    """Writes every user to `user_embeddings` and every video to `video_embeddings`.

    Args:
        model: the candidate model.
        model_blessing: decision of both gates.
        users: users with their features at the end of the eval window.
        catalogue: every video.
        database_url_env: name of the environment variable that holds the database's URL.
    """

    SPEC_CLASS = spec(
        inputs={
            "model": Model,
            "model_blessing": ModelBlessing,
            "users": Examples,
            "catalogue": Examples,
        },
        parameters={ENVIRONMENT: str},
    )
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
        super().__init__(
            model=model, model_blessing=model_blessing, users=users, catalogue=catalogue,
            **{ENVIRONMENT: database_url_env},
        )  # fmt: skip
