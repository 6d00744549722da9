"""A video's raw features: the training query's own SQL, for a request."""

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
    """The raw features of one video as its row is now, its age that of `at` (now, if not given).

    Returns:
        What the signature `video_embedding` takes for one video.

    Raises:
        DataError: if there is no such video.
        ValueError: for an id that is no UUID.
    """
    found = list(batch_video_features(connection, [video_id], at).values())
    if not found:
        raise DataError("a video of the table videos", "none of this id", "look its id up there")
    return found[0]


def batch_video_features(
    connection: Connection, video_ids: Sequence[str], at: datetime | None = None
) -> dict[str, Instance]:
    """The raw features of each of these videos, by id in lower case; unknown ones are left out.

    Lists are padded to one length over the batch.

    Raises:
        ValueError: for an id that is no UUID.
    """
    ids = [str(UUID(video_id)) for video_id in video_ids]
    query = videos_by_id(at or datetime.now(UTC), tables_without_key(connection))
    return instances(connection, query, {"video_ids": ids}, VIDEO_ID)
