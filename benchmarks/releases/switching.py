"""Switches, with readers beside them who must neither wait nor see two versions at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from benchmarks.releases.world import ids
from releases.switch import switch
from schema.database import Connection, connect

__all__ = ["Asked", "Mirrored", "Switches", "asking", "mirrored", "pointer_ms", "switches"]

_ASK = """
SELECT version, users.embedding <#> mirror.embedding, videos.embedding <#> shown.embedding,
    mirror.model_version, shown.model_version
FROM two_tower.live,
    {users} AS users, {videos} AS videos, user_embeddings AS mirror, video_embeddings AS shown
WHERE users.user_id = %(user)s AND mirror.user_id = %(user)s
    AND videos.video_id = %(video)s AND shown.video_id = %(video)s
"""
SAME = -0.999


@dataclass
class Asked:
    """What a reader in a loop has found.

    Attributes:
        answers: number of them.
        mixed: of these, with vectors of two versions.
        longest_ms: time of the slowest statement.
    """

    answers: int = 0
    mixed: int = 0
    longest_ms: float = 0.0


@dataclass(frozen=True)
class Switches:
    """Median seconds of a switch with its mirror, forth and back, and the rows of one."""

    forth: float
    back: float
    rows: int


@contextmanager
def asking(url: str) -> Iterator[Asked]:
    """A reader that asks for pointer, version tables and mirror in one snapshot, in a loop."""
    found, stop = Asked(), threading.Event()

    def loop() -> None:
        with closing(connect(url, readonly=True)) as connection:
            connection.isolation_level = "REPEATABLE READ"
            while not stop.is_set():
                _ask(connection, found)

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join()


def _ask(connection: Connection, found: Asked) -> None:
    one = ids(1)[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM two_tower.live")
        (live,) = cursor.fetchone() or ("",)
        tables = {
            "users": f"two_tower.user_vectors_{live}", "videos": f"two_tower.video_vectors_{live}",
        }  # fmt: skip
        started = time.perf_counter()
        cursor.execute(_ASK.format(**tables), {"user": one, "video": one})
        taken = (time.perf_counter() - started) * 1000
        (row,) = cursor.fetchall()
    connection.rollback()
    version, user, video, *labels = row
    found.answers += 1
    found.mixed += user > SAME or video > SAME or {version, live, *labels} != {live}
    found.longest_ms = max(found.longest_ms, taken)


def switches(connection: Connection, asked: Asked, answers: int) -> Switches:
    """From the live version 1 to 2 and back until so many answers were given; the medians."""
    forth, back, rows = list[float](), list[float](), 0
    while asked.answers < answers:
        for version, taken in (("2", forth), ("1", back)):
            started = time.perf_counter()
            rows = switch(connection, version, mirror=True).mirrored
            connection.commit()
            taken.append(time.perf_counter() - started)
    return Switches(median(forth), median(back), rows)


def pointer_ms(connection: Connection, version: str) -> float:
    """Milliseconds of a switch without a mirror."""
    started = time.perf_counter()
    switch(connection, version, mirror=False)
    connection.commit()
    return (time.perf_counter() - started) * 1000


class Mirrored(NamedTuple):
    """One switch with its mirror.

    Attributes:
        rows: of the mirror.
        seconds: of the transaction.
        wal_bytes: write-ahead log of it.
    """

    rows: int
    seconds: float
    wal_bytes: int


def mirrored(connection: Connection, version: str) -> Mirrored:
    """A switch to the version, with what it writes."""
    before, started = _wal(connection), time.perf_counter()
    rows = switch(connection, version, mirror=True).mirrored
    connection.commit()
    return Mirrored(rows, time.perf_counter() - started, _wal(connection) - before)


def _wal(connection: Connection) -> int:
    """Bytes of write-ahead log since the server was made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        (position,) = cursor.fetchone() or (0,)
    connection.commit()
    return int(position)
