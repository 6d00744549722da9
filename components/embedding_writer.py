"""EmbeddingWriter: stages the embeddings of a blessed model in tables that nobody reads yet."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import tensorflow as tf
from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing

from components.inference import generate_user_embeddings, generate_video_embeddings
from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import DATABASE, in_transaction
from components.node.lineage import (
    ROWS,
    WINDOWS,
    fingerprint,
    is_blessed,
    model_folder,
    model_version,
)
from components.node.progress import report_progress
from releases.migrate import migrate
from releases.switch import sweep
from releases.vectors import Embeddings, is_staged, stage_version
from schema.database import Connection
from schema.feature import Side

__all__ = ["EmbeddingWriter"]

_LOG = logging.getLogger(__name__)


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Stage both tables and enter the version in one transaction."""
        del outputs
        if not is_blessed(inputs.one("model_blessing")):
            _LOG.info("not blessed: no embedding is written")
            return
        variable = parameters[DATABASE]
        in_transaction(variable, migrate)
        for left in in_transaction(variable, sweep):
            _LOG.info("version %s, left by a run that did not end, is dropped", left)
        folder = model_folder(inputs.one("model"))
        made_by = json.loads(parameters["made_by"])
        in_transaction(variable, partial(self._stage, folder, inputs, made_by))

    def _stage(
        self, folder: Path, inputs: Artifacts, made_by: dict[str, Any], connection: Connection
    ) -> None:
        version = model_version(folder)
        if is_staged(connection, version):
            _LOG.info("version %s is staged: nothing to do", version)
            return
        model = tf.saved_model.load(str(folder))
        users, catalogue = inputs.one("users"), inputs.one("catalogue")
        rows = _rows(users) + _rows(catalogue)
        generated = {
            Side.USER: generate_user_embeddings(model, inputs.shards("users", "all")),
            Side.VIDEO: generate_video_embeddings(model, inputs.shards("catalogue", "all")),
        }
        counted = _Progress(rows)
        batches = {side: counted.through(batches) for side, batches in generated.items()}
        windows = json.loads(users.get_string_custom_property(WINDOWS) or "null")
        read = {"users": fingerprint(users), "catalogue": fingerprint(catalogue)}
        lineage = {"run": self.run_id, "windows": windows, "examples": read, **made_by}
        stage_version(connection, version, batches, lineage)


def _rows(examples: Any) -> int:
    return int(examples.get_int_custom_property(ROWS))


class _Progress:
    """Reports how many of `total` rows have passed."""

    def __init__(self, total: int) -> None:
        self._done, self._total = 0, total

    def through(self, batches: Iterable[Embeddings]) -> Iterator[Embeddings]:
        """The batches, counted."""
        for batch in batches:
            yield batch
            self._done += len(batch.ids)
            report_progress(self._done, self._total)


class EmbeddingWriter(Node):
    """Stages every user's and every video's embedding under the model's version.

    Args:
        model: the model to release.
        model_blessing: decision of both gates.
        users: users with their features at the end of the eval window.
        catalogue: every video.
        made_by: JSON of what makes the model beside its data, for the registry.
        database_url_env: name of the environment variable that holds the database's URL.
    """

    SPEC_CLASS = spec(
        inputs={
            "model": Model,
            "model_blessing": ModelBlessing,
            "users": Examples,
            "catalogue": Examples,
        },
        parameters={"made_by": str, DATABASE: str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self,
        model: Channel,
        model_blessing: Channel,
        users: Channel,
        catalogue: Channel,
        made_by: str,
        database_url_env: str,
    ) -> None:
        super().__init__(
            model=model, model_blessing=model_blessing, users=users, catalogue=catalogue,
            made_by=made_by, **{DATABASE: database_url_env},
        )  # fmt: skip
