"""A video's raw features, for a request; by the SQL of the training query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from schema.database import Connection
from schema.errors import DataError
from schema.features import VIDEO_ID
from schema.queries import videos_by_id
from schema.table_keys import tables_without_key
from serving.instances import Instance, instances

__all__ = ["batch_video_features", "extract_video_features"]


def extract_video_features(
    connection: Connection, video_id: str, at: datetime | None = None
) -> Instance:
    """The raw features of one video, from its current row, with its age at `at` (default: now).

    Returns:
        Input of the signature `video_embedding` for one video.

    Raises:
        DataError: if there is no such video.
        ValueError: for an id that is not a UUID.
    """
    found = list(batch_video_features(connection, [video_id], at).values())
    if not found:
        raise DataError("a video of the table videos", "none of this id", "look its id up there")
    return found[0]


def batch_video_features(
    connection: Connection, video_ids: Sequence[str], at: datetime | None = None
) -> dict[str, Instance]:
    """The raw features of these videos; lists are padded to one length over the batch.

    Returns:
        By id in lower case: input of the signature `video_embedding`. Unknown videos are left out.

    Raises:
        ValueError: for an id that is not a UUID.
    """
    ids = [str(UUID(video_id)) for video_id in video_ids]
    query = videos_by_id(at or datetime.now(UTC), tables_without_key(connection))
    return instances(connection, query, {"video_ids": ids}, VIDEO_ID)
