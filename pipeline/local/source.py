"""The database of a run: that of DATABASE_URL, else an embedded one with MovieLens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from pipeline.local.movielens import load_movielens
from pipeline.local.postgres import embedded_postgres
from pipeline.preflight import preflight
from pipeline.settings import Settings, given_database_url
from schema.database import connect, redacted
from schema.pooling import pooling_of

__all__ = ["source_database"]


@contextmanager
def source_database(settings: Settings) -> Iterator[tuple[str, str]]:
    """A database that meets the requirements of a run; a given one is never filled with data.

    Yields:
        The URL, and a name for messages.

    Raises:
        DatabaseError: if it cannot be reached, or lacks a table, a column or a right.
        SetupError: if the embedded server cannot run here.
    """
    given = given_database_url()
    if given:
        preflight(given, settings)
        yield given, f"{redacted(given)}, {pooling_of(given)}"
        return
    with embedded_postgres(settings.folder / "postgres") as url:
        with closing(connect(url)) as connection:
            load_movielens(connection, settings.folder / "movielens-100k")
        preflight(url, settings)
        yield url, "embedded PostgreSQL with MovieLens-100K"
