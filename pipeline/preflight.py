"""Test of all statements of a run on the database before it starts, without rows.

The run's own statements are executed in one transaction that is rolled back. A statement that would
fail twenty minutes later fails now, in one line that says what to grant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import psycopg2

from components.example_gen.example_query import ExampleQuery
from components.quarantine import store as quarantine
from pipeline import example_queries
from pipeline.settings import Settings
from releases import mirror
from releases.migrate import migrate
from releases.vectors import stage_version
from schema.database import Connection, connect, session
from schema.database_errors import in_our_form, one_line, our_errors
from schema.embedding_tables import check_embedding_tables
from schema.errors import DatabaseError
from schema.feature import Side
from schema.queries import FIRST_ID, LAST_ID, fill
from schema.source_tables import check_primary, check_source_tables
from schema.windows import TimeWindows

__all__ = ["missing_rights", "preflight"]

_RUN = "preflight"
_DENIED = "42501"


class _Step(NamedTuple):
    """Statements that need one right.

    Attributes:
        wanted: description of the action.
        grant: SQL that permits it; `{role}` and `{database}` are filled in.
        tries: functions of the run that contain the statements.
    """

    wanted: str
    grant: str
    tries: tuple[Callable[[Connection], object], ...]


def preflight(url: str, settings: Settings) -> None:
    """Return only if a run with these settings can execute all its statements on this database.

    Raises:
        DatabaseError: with a line for each failure.
    """
    with session(url, readonly=True) as connection:
        check_primary(connection)
    with closing(connect(url, patient=True)) as connection, our_errors(connection):
        check_source_tables(connection, mirror=settings.mirror)
        if settings.mirror:
            check_embedding_tables(connection)
        failures = missing_rights(connection, settings)
    if failures:
        raise DatabaseError.saying("\n".join(map(str, failures)))


def missing_rights(connection: Connection, settings: Settings) -> list[DatabaseError]:
    """One error for each group of the run's statements that fails; all are rolled back."""
    failures = list(_failures(connection, _steps(settings)))
    connection.rollback()
    return failures


def _failures(connection: Connection, steps: list[_Step]) -> Iterator[DatabaseError]:
    for step in steps:
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT step")
            try:
                for attempt in step.tries:
                    attempt(connection)
            except psycopg2.Error as error:
                yield _failure(connection, step, error)
            if not connection.closed:
                cursor.execute("ROLLBACK TO SAVEPOINT step")


def _failure(connection: Connection, step: _Step, error: psycopg2.Error) -> DatabaseError:
    if error.pgcode != _DENIED or "row-level security" in str(error):
        return in_our_form(error, step.wanted)
    role, database = connection.info.user, connection.info.dbname
    grant = step.grant.format(role=f'"{role}"', database=f'"{database}"')
    advice = f"{grant}; serving/roles.sql lists all that a run needs"
    return DatabaseError(f"the right of {step.wanted}", f'"{one_line(error)}"', advice)


def _steps(settings: Settings) -> list[_Step]:
    return [
        _Step(
            "making and filling the tables of schema two_tower",
            "CREATE SCHEMA two_tower AUTHORIZATION {role}, or GRANT CREATE ON DATABASE {database}"
            " TO {role}; where the schema is there, GRANT ALL ON SCHEMA two_tower TO {role} and"
            " GRANT ALL ON ALL TABLES IN SCHEMA two_tower TO {role}",
            (_own_tables,),
        ),
        *(_writing(side) for side in (Side.USER, Side.VIDEO) if settings.mirror),
        _Step(
            "reading every source table",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
            tuple(_explaining(reading) for reading in example_queries.all_of(settings)),
        ),
    ]


def _own_tables(connection: Connection) -> None:
    quarantine.prepare(connection, _RUN)
    quarantine.keep_nothing(connection, _RUN)
    migrate(connection)
    stage_version(connection, "0", {Side.USER: (), Side.VIDEO: ()})


def _writing(side: Side) -> _Step:
    table = f"{side}_embeddings"
    return _Step(
        f"writing {table}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {{role}}",
        (partial(mirror.try_rights, side=side),),
    )


def _explaining(reading: ExampleQuery) -> Callable[[Connection], None]:
    """A function that plans the query, which checks all rights that it needs and reads no row."""
    end = datetime(2000, 1, 1, tzinfo=UTC)
    windows = TimeWindows(*(end + timedelta(days=days) for days in range(3)))

    def explain(connection: Connection) -> None:
        with connection.cursor() as cursor:
            for split in reading.splits:
                query = fill(reading.query, windows, split, asdict(reading.sampling))
                cursor.execute(f"EXPLAIN {query}", {"first_id": FIRST_ID, "last_id": LAST_ID})

    return explain
