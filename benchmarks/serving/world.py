"""A catalogue and users of the size that the limits are stated for, around the last run's videos.

The last run's videos keep their ids, so the model knows them; the others have titles of two of
them. Popularity is skewed: a third of the decisions are on videos that the model knows.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from psycopg2.extras import execute_values

from pipeline.local.source import source_database
from pipeline.settings import Settings
from releases.migrate import migrate
from releases.registry import State, mark
from releases.switch import switch
from releases.vectors import stage_version
from schema.database import Connection, connect
from schema.feature import Side
from schema.signatures import MODEL_NAME
from serving.launcher import model_server
from serving.model_client import ModelServerClient
from serving.new_embeddings import embed_new

__all__ = [
    "DECISIONS",
    "USERS",
    "VIDEOS",
    "fill",
    "make_live",
    "open_tables",
    "paths",
    "user_ids",
]

TABLES = Path(__file__).parents[2] / "schema" / "tables.sql"
VIDEOS, USERS, DECISIONS = 32_304, 10_000, 100
UNRELEASED = 0.01
"""Share of the made videos that are released a year from now."""
SKEW = 3
"""A decision is on row VIDEOS * u ** SKEW, u even in 0 to 1."""
_INSERT = """
INSERT INTO videos (video_id, title, genre, maker, price, released_at) VALUES %s
"""


def user_ids(count: int = USERS) -> list[str]:
    """UUIDs as text, in order."""
    return [str(UUID(int=(number << 64) + 7)) for number in range(1, count + 1)]


def fill(connection: Connection, source: Connection, seed: int = 7) -> None:
    """Videos, users and decisions; committed.

    Args:
        connection: to a database with empty source tables.
        source: to the last run's database.
        seed: of what is made.
    """
    random = np.random.default_rng(seed)
    with source.cursor() as cursor:
        cursor.execute(
            "SELECT video_id::text, title, genre, maker, price, released_at FROM videos"
            " ORDER BY video_id"
        )
        known = cursor.fetchall()
    videos = [*known, *_made(known, VIDEOS - len(known), random)]
    decisions = _decisions([row[0] for row in videos], random)
    with connection.cursor() as cursor:
        execute_values(cursor, _INSERT, videos)
        execute_values(cursor, "INSERT INTO users (user_id) VALUES %s", [(u,) for u in user_ids()])
        execute_values(
            cursor, "INSERT INTO user_video_decisions VALUES %s", decisions, page_size=10_000
        )
    connection.commit()
    connection.autocommit = True
    connection.cursor().execute("VACUUM ANALYZE")
    connection.autocommit = False


def open_tables(connection: Connection, settings: Settings) -> None:
    """The product's tables in an empty database, filled around the last run's videos; committed."""
    connection.cursor().execute(TABLES.read_text(encoding="utf-8"))
    migrate(connection)
    with source_database(settings) as (source, _), closing(connect(source)) as known:
        fill(connection, known)


def make_live(connection: Connection, model: Path, models: Path, version: str) -> None:
    """A model as a live version, with the vectors that a model server gives by it.

    Args:
        connection: to a database with filled tables.
        model: folder of the SavedModel.
        models: base folder of the model server.
        version: the version's number, above all others.
    """
    shutil.copytree(model, models / version)
    stage_version(connection, version, {Side.USER: [], Side.VIDEO: []})
    mark(connection, version, State.CHECKED)
    switch(connection, version, mirror=False)
    connection.commit()
    with (
        model_server(models) as server,
        ModelServerClient(server.ready(), MODEL_NAME) as client,
    ):
        client.wait_until_available(version, timeout_s=60)
        embed_new(connection, client, mirror=False)


def paths(count: int, seed: int) -> Iterator[str]:
    """Paths of requests for users drawn evenly."""
    users = user_ids()
    for place in np.random.default_rng(seed).integers(len(users), size=count):
        yield f"/v1/users/{users[place]}/recommendations?limit=20"


def _made(
    known: list[tuple[object, ...]], count: int, random: np.random.Generator
) -> Iterator[tuple[object, ...]]:
    """Rows of videos that mix what two of the known ones have."""
    later = datetime.now(UTC) + timedelta(days=365)
    for number in range(count):
        one, other = (known[place] for place in random.integers(len(known), size=2))
        released = later if random.random() < UNRELEASED else one[5]
        title = f"{one[1]} / {other[1]}"
        price = int(random.integers(1, 30)) * 100
        yield str(UUID(int=(number << 64) + 5)), title, one[2], other[3], price, released


def _decisions(videos: list[str], random: np.random.Generator) -> Iterator[tuple[object, ...]]:
    now = datetime.now(UTC)
    for user in user_ids():
        drawn = (len(videos) * random.random(2 * DECISIONS) ** SKEW).astype(int)
        for row in list(dict.fromkeys(drawn.tolist()))[:DECISIONS]:
            decision = "like" if random.random() < 0.55 else "nope"  # noqa: PLR2004
            yield user, videos[row], decision, now - timedelta(days=90 * random.random())
