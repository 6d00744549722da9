"""Splits of the decisions: each protocol is a database of its own with the pipeline's windows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.quality.places import HOLD_BACK, PLACED
from pipeline.local.movielens import load_movielens
from pipeline.local.postgres import DATABASE, embedded_postgres, open_folder
from pipeline.settings import Settings
from schema.database import connect
from schema.source_tables import TABLES_SQL

__all__ = [
    "COLD",
    "P1",
    "P2",
    "PROTOCOLS",
    "REAL",
    "Protocol",
    "arrange",
    "make_empty",
    "sample_server",
]

TRAIN_END = datetime(2020, 1, 1, tzinfo=UTC)
VALID_END, EVAL_END = TRAIN_END + timedelta(days=1), TRAIN_END + timedelta(days=2)
CUTS = {
    "train_end": TRAIN_END.isoformat(),
    "valid_end": VALID_END.isoformat(),
    "eval_end": EVAL_END.isoformat(),
    "drift_factor": 10.0,  # the data check sees that valid's hours are arranged
}

# Each user's clock is set so that one moment cuts all users at the same share of their decisions.
# What is before the first cut keeps its real distances, and ends a second before it; valid and
# test pass in one day each, in their order.
_BY_USER = f"""
{PLACED},

cut AS (
    SELECT *, max(decided_at) FILTER (WHERE place < 0.72) OVER (PARTITION BY user_id) AS train_last
    FROM placed
)

UPDATE user_video_decisions AS decision
SET decided_at = CASE
    WHEN place < 0.72
    THEN '{TRAIN_END.isoformat()}'::timestamptz - interval '1 second'
        - (cut.train_last - cut.decided_at)
    WHEN place < 0.8
    THEN '{TRAIN_END.isoformat()}'::timestamptz + (place - 0.72) / 0.08 * interval '1 day'
    ELSE '{VALID_END.isoformat()}'::timestamptz + (place - 0.8) / 0.2 * interval '1 day'
END
FROM cut
WHERE decision.user_id = cut.user_id AND decision.video_id = cut.video_id
    AND decision.decided_at = cut.decided_at
"""  # noqa: S608
_HIDE = f"""
DELETE FROM user_video_decisions
WHERE decided_at < '{VALID_END.isoformat()}'::timestamptz
    AND hashtextextended(video_id::text, 7) % 5 = 0
"""  # noqa: S608


@dataclass(frozen=True)
class Protocol:
    """One way to split.

    Attributes:
        name: short, also the database's.
        about: in one line, for the table's head.
        statements: SQL that arranges a copy of the sample data.
        settings: the pipeline's windows, as fields of Settings.
        seeds: of our models.
        known_only: whether users without a decision before the eval window are left out.
    """

    name: str
    about: str
    statements: tuple[str, ...]
    settings: dict[str, str | float]
    seeds: tuple[int, ...] = (1, 2, 3)
    known_only: bool = False


P1 = Protocol(
    "p1",
    "per user the first 80 % of the decisions by time are train (of ours the last tenth of them"
    " makes the choices, and is fitted then), the rest test",
    (_BY_USER,),
    CUTS,  # type: ignore[arg-type]
)
P2 = Protocol(
    "p2",
    "the last 20 % of all decisions by time are test; users known before them only",
    (),
    {"valid_fraction": 0.08, "eval_fraction": 0.2},
    known_only=True,
)
COLD = Protocol(
    "cold",
    "as P1, with all train decisions on a fifth of the videos removed; only these are ranked",
    (_BY_USER, _HIDE),
    CUTS,  # type: ignore[arg-type]
    seeds=(1,),
)
REAL = Protocol(
    "real",
    "a plain run on real times, after the newest 20 % of each user's decisions were moved out of"
    " the database; these are test",
    (HOLD_BACK,),
    {},
)
PROTOCOLS = (P1, P2, COLD)
"""Those with arranged windows or one moment; REAL is another kind of run."""


@contextmanager
def sample_server(prefix: str) -> Iterator[tuple[Path, str]]:
    """A temporary folder, and a database with MovieLens-100K on a server of its own there."""
    with open_folder(prefix) as folder, embedded_postgres(folder / "postgres") as url:
        with closing(connect(url)) as connection:
            load_movielens(connection, Settings().folder / "movielens-100k")
        yield folder, url


def make_empty(url: str, name: str) -> str:
    """A new database with empty source tables beside the database `url`; its address."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {name}")
    address = url.replace(f"/{DATABASE}?", f"/{name}?")
    with closing(connect(address)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(TABLES_SQL.read_text(encoding="utf-8"))
    return address


def arrange(url: str, protocol: Protocol) -> str:
    """Copies the database `url` and arranges the copy; the copy's address."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"CREATE DATABASE {protocol.name} TEMPLATE {DATABASE}")
    copy = url.replace(f"/{DATABASE}?", f"/{protocol.name}?")
    with closing(connect(copy)) as connection, connection, connection.cursor() as cursor:
        for statement in protocol.statements:
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    return copy
