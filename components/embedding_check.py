"""EmbeddingCheck: checks a staged version and the pushed model before they may go live."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import Examples, ModelBlessing, ModelEvaluation, PushedModel

from components.edge_check.checks import check_encodings, check_tower
from components.edge_check.edge_files import digests, read_edge_files
from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import DATABASE, MODEL_SERVER, in_transaction, url_named
from components.node.lineage import ROWS, is_blessed
from components.transform.raw import parse_raw
from releases.checks import check_counts, check_lengths, check_served, check_spread
from releases.registry import State, live_version, mark, was_live
from releases.search_checks import check_overlap, check_search
from releases.switch import fail
from releases.vectors import load_embeddings_from_db
from schema.arrays import Float32
from schema.database import Connection
from schema.documents.outcome import ReleaseChecks
from schema.documents.release import Check
from schema.errors import TwoTowerError
from schema.feature import Feature, Side, columns
from schema.features import USER_ID, VIDEO_ID, model_inputs
from schema.signatures import (
    MODEL_NAME,
    SERVING_DEFAULT,
    USER_FEATURES,
    VIDEO_EMBEDDING,
    VIDEO_FEATURES,
)
from serving.model_client import ModelServerClient

__all__ = ["CHECKS", "EmbeddingCheck"]

_LOG = logging.getLogger(__name__)

CHECKS = "checks.json"
ASKED = 64
"""Users, and videos, whose vectors the model server is asked for."""
COMPARED = 1000
"""Users whose vectors and lists other runtimes must give, too."""
LISTED = 10_000
"""Most videos that those lists are made of."""
_SIDES = (
    (Side.USER, USER_ID, "users", SERVING_DEFAULT, USER_FEATURES),
    (Side.VIDEO, VIDEO_ID, "catalogue", VIDEO_EMBEDDING, VIDEO_FEATURES),
)
LOADED_WITHIN_S = 120.0


class _Answered(NamedTuple):
    """Rows by the model server.

    Attributes:
        ids: UUIDs as text.
        vectors: [ids, 768] float32.
        features: [ids, width] float32, the tower's input.
    """

    ids: list[str]
    vectors: Float32
    features: Float32


Served = dict[Side, _Answered]


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Write the checks, and mark the version as checked or failed."""
        version, checks = "", list[Check]()
        if is_blessed(inputs.one("model_blessing")):
            version = inputs.one("pushed_model").get_string_custom_property("pushed_version")
            variable = parameters[DATABASE]
            if in_transaction(variable, lambda c: was_live(c, version)):
                _LOG.info("version %s was live already: it is not checked again", version)
            else:
                served = _served(inputs, parameters[MODEL_SERVER], version)
                checks = in_transaction(variable, partial(_checked, inputs, version, served))
        ReleaseChecks(version=version, checks=checks).write(outputs.folder("checks") / CHECKS)


def _checked(
    inputs: Artifacts, version: str, served: Served | str, connection: Connection
) -> list[Check]:
    read = {side: inputs.one(port).get_int_custom_property(ROWS) for side, _, port, *_ in _SIDES}
    model = Path(inputs.one("pushed_model").get_string_custom_property("pushed_destination"))
    live = live_version(connection)
    checks = [
        *check_counts(connection, version, read),
        *check_lengths(connection, version),
        *check_spread(connection, version, live),
        *check_search(connection, version),
        *check_overlap(connection, version, live),
        *_as_served(connection, version, served),
        *_by_other_runtimes(connection, version, served, model, inputs.shards("users", "all")),
    ]
    found = ReleaseChecks(version=version, checks=checks)
    figures = {"checks": [check.plain() for check in checks], "edge": digests(model)}
    if found.failed:
        fail(connection, version, "; ".join(found.failed), figures)
    else:
        mark(connection, version, State.CHECKED, figures=figures)
    return checks


def _as_served(connection: Connection, version: str, served: Served | str) -> list[Check]:
    if isinstance(served, str):
        return [
            Check(
                name="the pushed model on the model server", expected="finite vectors", got=served,
                passed=False,
            )
        ]  # fmt: skip
    checks = []
    for side, found in served.items():
        staged = load_embeddings_from_db(connection, side, version, only=found.ids)
        order = {own: place for place, own in enumerate(found.ids)}
        answered = found.vectors[[order[own] for own in staged.ids]]
        checks.append(check_served(f"{side}s", staged, answered))
    return checks


def _by_other_runtimes(
    connection: Connection, version: str, served: Served | str, model: Path, users: Sequence[str]
) -> list[Check]:
    """ONNX, weights and encodings beside the pushed model give its vectors; docs/edge.md."""
    if isinstance(served, str):
        return []
    try:
        files = read_edge_files(model)
    except (OSError, TwoTowerError) as error:
        missing = partial(Check, name="files for other runtimes", expected="those of this version")
        return [missing(got=type(error).__name__, passed=False)]
    instances = dict(zip(*_instances(users, USER_ID, COMPARED), strict=True))
    staged = load_embeddings_from_db(connection, Side.USER, version, only=list(instances))
    videos = load_embeddings_from_db(connection, Side.VIDEO, version, most=LISTED)
    towers = {Side.USER: files.user_tower, Side.VIDEO: files.video_tower}
    return [
        *(
            check_tower(f"{side}s", towers[side], answered.features, answered.vectors)
            for side, answered in served.items()
        ),
        *check_encodings(
            files, [instances[own] for own in staged.ids], staged.vectors, videos.vectors
        ),
    ]


def _served(inputs: Artifacts, variable: str, version: str) -> Served | str:
    """The first rows' embeddings by the pushed model over REST, or what is wrong."""
    found: Served = {}
    try:
        with ModelServerClient(url_named(variable), MODEL_NAME, read_timeout_s=60) as client:
            client.wait_until_available(version, LOADED_WITHIN_S)
            for side, key, port, *signatures in _SIDES:
                ids, instances = _instances(inputs.shards(port, "all"), key)
                asked = (client.embed(instances, version, name) for name in signatures)
                found[side] = _Answered(ids, *asked)
    except TwoTowerError as error:
        return str(error)
    return found


def _instances(
    files: Sequence[str], key: Feature, most: int = ASKED
) -> tuple[list[str], list[dict[str, object]]]:
    """Ids and raw features of the first rows, as a request has them."""
    inputs = model_inputs(key.side)
    wanted = {column.name: column for column in (*columns((key,)), *inputs)}
    for serialized in tf.data.TFRecordDataset(files, "GZIP").take(most).batch(most):
        raw = parse_raw(serialized, wanted.values())
        ids = [own.decode() for own in raw[key.name].numpy()]
        values = {c.name: _plain(raw[c.name].numpy(), c.absent) for c in inputs}
        return ids, [{name: rows[row] for name, rows in values.items()} for row in range(len(ids))]
    return [], []


def _plain(values: Any, absent: object) -> list[Any]:
    """[users] or [users, n] values as JSON has them; a list has one value at least."""
    if values.dtype == object:
        values = np.char.decode(values.astype(bytes), "utf-8")
    return [one if one != [] else [absent] for one in values.tolist()]


class EmbeddingCheck(Node):
    """Decides whether a staged version may be released.

    Args:
        model_blessing: decision of both gates.
        pushed_model: what the model server is to serve.
        users: users that were embedded.
        catalogue: videos that were embedded.
        database_url_env: name of the environment variable that holds the database's URL.
        model_server_url_env: name of the one that holds the model server's URL.
    """

    SPEC_CLASS = spec(
        inputs={
            "model_blessing": ModelBlessing,
            "pushed_model": PushedModel,
            "users": Examples,
            "catalogue": Examples,
        },
        outputs={"checks": ModelEvaluation},
        parameters={DATABASE: str, MODEL_SERVER: str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self,
        model_blessing: Channel,
        pushed_model: Channel,
        users: Channel,
        catalogue: Channel,
        database_url_env: str,
        model_server_url_env: str,
    ) -> None:
        super().__init__(
            model_blessing=model_blessing, pushed_model=pushed_model, users=users,
            catalogue=catalogue,
            **{DATABASE: database_url_env, MODEL_SERVER: model_server_url_env},
        )  # fmt: skip
