"""The database as it is now: nothing is created, filled or checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.local.postgres import embedded_postgres
from pipeline.settings import Settings, given_database_url

__all__ = ["present_database"]


@contextmanager
def present_database(settings: Settings) -> Iterator[str]:
    """URL of the database of DATABASE_URL, else of the embedded one; empty if there is none yet.

    An embedded one that does not run is started for the block.
    """
    folder = settings.folder / "postgres"
    if given := given_database_url():
        yield given
    elif (folder / "data").exists():
        with embedded_postgres(folder) as url:
            yield url
    else:
        yield ""
