"""`two-tower init`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
from rich.console import Console

from commands.given import with_settings
from commands.views.matching import is_identity, match
from commands.views.relations import relations
from commands.views.writing import SCHEMA, views_text
from pipeline.local.present import present_database
from pipeline.settings import Settings
from pipeline.settings_file import NAME, commented
from schema.database import Connection, connect
from schema.database_errors import our_errors
from schema.errors import DatabaseError
from schema.source_tables import check_source_tables, expected_tables

__all__ = ["VIEWS", "command"]

VIEWS = "two-tower-views.sql"
_NO_MIRROR = (
    "# The database has no tables user_embeddings and video_embeddings to keep a copy in.\n"
    "mirror = false\n"
)


@click.command("init")
@with_settings
def command(settings: Settings) -> None:
    """Write two-tower.toml, and two-tower-views.sql for a database with other names.

    The toml file has every setting, with its default. The views are proposed by similarity of names
    and checked against the database of DATABASE_URL, in a transaction that is rolled back; a file
    that is there is kept, and checked again.
    """
    console = Console()
    with present_database(settings) as url:
        for line in _done(settings, url):
            console.print(line, highlight=False, soft_wrap=True, markup=False)


def _done(settings: Settings, url: str) -> Iterator[str]:
    if not url:
        yield _written(NAME, commented(Settings))
        yield "no database yet: set DATABASE_URL to have views for it, or begin with `make run`"
        return
    with closing(connect(url, patient=True)) as connection, our_errors(connection):
        has_mirror = _has_mirror(connection)
        text = commented(Settings)
        if not has_mirror:
            text = text.replace("# mirror = true\n", _NO_MIRROR)
        yield _written(NAME, text)
        yield from _views(connection, mirror=settings.mirror and has_mirror)


def _views(connection: Connection, *, mirror: bool) -> Iterator[str]:
    """Writes the views, if the database needs some and there is no file, and checks the file."""
    file, tables = Path(VIEWS), _source_tables()
    if not file.exists():
        matches = match(tables, relations(connection, SCHEMA))
        if is_identity(tables, matches):
            problem = _problem(connection, "SELECT", mirror=mirror)
            yield f"the database needs no views{problem and f', but: {problem}'}"
            return
        yield _written(VIEWS, views_text(connection, tables, matches))
    problem = _problem(connection, file.read_text(encoding="utf-8"), mirror=mirror)
    yield f"{VIEWS}: {problem or 'checked against the database: a run can use these views'}"


def _written(name: str, text: str) -> str:
    """Writes the file if it is not there; the line that says so."""
    try:
        with Path(name).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return f"{name} is there already: kept"
    return f"{name} written"


def _problem(connection: Connection, statements: str, *, mirror: bool) -> str:
    """What is wrong after these statements, which are rolled back; empty if nothing is."""
    try:
        with our_errors(connection), connection.cursor() as cursor:
            cursor.execute(statements)
            cursor.execute(
                "SELECT set_config('search_path', concat_ws(', ', %s,"
                " nullif(current_setting('search_path'), '')), true)",
                (SCHEMA,),
            )
            check_source_tables(connection, mirror=mirror)
    except DatabaseError as error:
        return str(error)
    finally:
        connection.rollback()
    return ""


def _has_mirror(connection: Connection) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s) AS name",
            ([name for name in expected_tables() if name not in _source_tables()],),
        )
        found = cursor.fetchone() == (True,)
    connection.rollback()
    return found


def _source_tables() -> dict[str, dict[str, str]]:
    return {name: own for name, own in expected_tables().items() if "embedding" not in own}
