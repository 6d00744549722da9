"""A user's raw features at a moment, for a request; by the SQL of the training query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from schema.database import Connection
from schema.features import USER_ID
from schema.queries import user_moments
from schema.table_keys import tables_without_key
from serving.instances import Instance, instances

__all__ = ["batch_user_features", "extract_user_features"]


def extract_user_features(
    connection: Connection, user_id: str, at: datetime | None = None
) -> Instance:
    """The raw features of one user, from decisions strictly before `at` (default: now).

    A user without decisions, or unknown, gets the defaults of a cold start.

    Returns:
        Input of the signature `serving_default` for one user; it contains no id.

    Raises:
        ValueError: for an id that is not a UUID.
    """
    (instance,) = batch_user_features(connection, [user_id], at).values()
    return instance


def batch_user_features(
    connection: Connection, user_ids: Sequence[str], at: datetime | None = None
) -> dict[str, Instance]:
    """The raw features of these users; lists are padded to one length over the batch.

    Returns:
        By id in lower case: input of the signature `serving_default`.

    Raises:
        ValueError: for an id that is not a UUID.
    """
    ids = sorted(str(UUID(user_id)) for user_id in user_ids)
    if not ids:
        return {}
    query = user_moments(at or datetime.now(UTC), tables_without_key(connection))
    return instances(connection, query, {"user_ids": ids}, USER_ID)
