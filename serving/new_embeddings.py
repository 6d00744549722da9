"""Embeddings of users and videos that the live version lacks, by the model server."""

from __future__ import annotations

from collections.abc import Callable

from releases.additions import add_embeddings, lacking_ids
from releases.registry import live_version
from releases.vectors import Embeddings
from schema.database import Connection
from schema.errors import ReleaseError
from schema.feature import Side
from schema.signatures import SERVING_DEFAULT, VIDEO_EMBEDDING
from serving.instances import Instance
from serving.model_client import ModelServerClient
from serving.user_features import batch_user_features
from serving.video_features import batch_video_features

__all__ = ["embed_new"]

_AT_ONCE = 512
Extract = Callable[[Connection, list[str]], dict[str, Instance]]
_SIDES: dict[Side, tuple[Extract, str]] = {
    Side.VIDEO: (batch_video_features, VIDEO_EMBEDDING),
    Side.USER: (batch_user_features, SERVING_DEFAULT),
}


def embed_new(
    connection: Connection, client: ModelServerClient, *, mirror: bool
) -> dict[Side, int]:
    """Add what the live version lacks; a batch is committed as soon as it is embedded.

    Args:
        connection: outside a transaction.
        client: of the server that serves the live version.
        mirror: whether the application's tables get the rows, too.

    Returns:
        Rows added, by side.

    Raises:
        ModelServerError: the server is absent, or does not serve the live version.
        ReleaseError: no version is live, or another one went live meanwhile.
    """
    added = dict.fromkeys(_SIDES, 0)
    for side in _SIDES:
        while batch := _next_batch(connection, client, side):
            add_embeddings(connection, side, batch[0], batch[1], mirror=mirror)
            connection.commit()
            added[side] += len(batch[1].ids)
    connection.rollback()
    return added


def _next_batch(
    connection: Connection, client: ModelServerClient, side: Side
) -> tuple[str, Embeddings] | None:
    """The live version, and vectors of rows that it lacks; None if it lacks none."""
    extract, signature = _SIDES[side]
    version = live_version(connection)
    if not version:
        raise ReleaseError("a live version", "none", "run `make run` until one is released")
    ids = lacking_ids(connection, side, version, _AT_ONCE)
    instances = extract(connection, ids)
    connection.rollback()  # nothing is held while the model server computes
    if not instances:
        return None
    vectors = client.embed(list(instances.values()), version, signature)
    return version, Embeddings(list(instances), vectors)
