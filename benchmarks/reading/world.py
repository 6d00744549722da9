"""The grown world: a database of any size, the same for the same seed, made inside Postgres.

The law, with U users, V videos and D decisions; chance is a hash of the seed, evenly in [0, 1):
- Ids are md5 of kind, seed and number, so that key ranges of equal width hold equal shares.
- Decision n falls at since + sqrt((n + chance) / D) * (until - since): the application grows, and
  rows lie on disk in order of time, as they came.
- Its user is number U * (0.1 + 0.9 n / D) * chance ^ 1.5: a tenth of the users is there at the
  start, the others join at a steady pace, and the first ones are the most active. The chance of
  the user of rank k falls as k ^ -1/3. Of 100,000 users with 10 million decisions, half have fewer
  than 60, one has 8,182, and 1,272 who joined at the end have none.
- Its video is number V * chance ^ 2: popularity falls as rank ^ -1/2, Zipf-like, so that 1 % of
  the videos have 10 % of the decisions, and the first alone 0.6 %.
- A user likes 3 in 4 videos of one genre of the twelve, 1 in 4 of the others.
- Titles are Japanese words with some Latin ones; descriptions have 30. Each of description, genre,
  maker, price, duration and date is NULL in every 6th to 20th video. All dates lie in the 1,800
  days before `since`. A video has up to 4 of 5,000 performers and up to 6 of 300 tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import resources

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from schema.database import Connection
from schema.errors import DataError
from schema.source_tables import TABLES_SQL

__all__ = ["Size", "grow"]


@dataclass(frozen=True)
class Size:
    """Size of the world.

    Attributes:
        decisions: rows of user_video_decisions.
        users: rows of users.
        videos: rows of videos.
        seed: of every hash.
        since: where time begins, ISO 8601 with a zone.
        until: before which all decisions lie.
    """

    decisions: int = 10_000_000
    users: int = 100_000
    videos: int = 32_304
    seed: int = 7
    since: str = "2021-01-01T00:00:00+00:00"
    until: str = "2025-01-01T00:00:00+00:00"

    def __post_init__(self) -> None:
        """Refuse a world without anybody or anything in it."""
        if min(self.decisions, self.users, self.videos) < 1:
            sizes = f"{self.decisions}, {self.users} and {self.videos}"
            raise DataError("decisions, users and videos, 1 or more each", sizes, "change ROWS")


def grow(connection: Connection, size: Size) -> None:
    """Makes the tables of schema/tables.sql in an empty database, fills them, and commits.

    Keys and references of the decisions are made after the rows: one sort instead of millions of
    insertions. Ends with what autovacuum would have done meanwhile.
    """
    law = resources.files("benchmarks.reading").joinpath("world.sql").read_text(encoding="utf-8")
    known = {name: str(value) for name, value in asdict(size).items()}
    with connection, connection.cursor() as cursor:
        cursor.execute(TABLES_SQL.read_text(encoding="utf-8"))
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL jit = off")
        with _keys_afterwards(cursor, "user_video_decisions"):
            cursor.execute(re.sub(r"\{(\w+)\}", lambda match: known[match.group(1)], law))
    _vacuum(connection)


@contextmanager
def _keys_afterwards(cursor: Cursor, table: str) -> Iterator[None]:
    """Drops a table's primary key and references, and makes them again at the end."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('p', 'f') ORDER BY contype DESC",
        (table,),
    )
    keys = [(sql.Identifier(name), sql.SQL(definition)) for name, definition in cursor]
    alter = sql.SQL("ALTER TABLE {}").format(sql.Identifier(table))
    for name, _ in keys:
        cursor.execute(sql.SQL("{} DROP CONSTRAINT {}").format(alter, name))
    yield
    for name, definition in keys:
        cursor.execute(sql.SQL("{} ADD CONSTRAINT {} {}").format(alter, name, definition))


def _vacuum(connection: Connection) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.autocommit = False
