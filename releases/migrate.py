"""Schema `two_tower` by numbered forward migrations: schema/migrations/<number>_<name>.sql."""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

from schema.database import Connection
from schema.errors import DatabaseError

__all__ = ["Migration", "migrate", "migrations"]

# Not by IF NOT EXISTS, which requires the right to create even what exists already.
_BEGIN = """
DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('two_tower'));
    IF to_regnamespace('two_tower') IS NULL THEN CREATE SCHEMA two_tower; END IF;
    IF to_regclass('two_tower.migrations') IS NULL THEN
        CREATE TABLE two_tower.migrations (
            number int PRIMARY KEY,
            name text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        );
    END IF;
END $$
"""


class Migration(NamedTuple):
    """One step of the schema.

    Attributes:
        number: 1 and up, without a gap.
        name: what the step makes.
        statements: SQL, which may find its work done by an earlier package.
    """

    number: int
    name: str
    statements: str


def migrations() -> list[Migration]:
    """Those that the package carries, in their order."""
    files = resources.files("schema").joinpath("migrations").iterdir()
    named = sorted((file.name, file) for file in files if file.name.endswith(".sql"))
    return [
        Migration(int(name[:4]), name[5:-4], file.read_text(encoding="utf-8"))
        for name, file in named
    ]


def migrate(connection: Connection) -> None:
    """Applies what the database lacks, in the caller's transaction; others wait until it ends.

    Raises:
        DatabaseError: if the database has been migrated by a newer package.
        psycopg2.Error: of a statement, such as a missing right.
    """
    known = migrations()
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute("SELECT coalesce(max(number), 0) FROM two_tower.migrations")
        (applied,) = cursor.fetchone() or (0,)
        if applied > known[-1].number:
            raise DatabaseError(
                f"schema two_tower at migration {known[-1].number} or before",
                f"migration {applied}",
                "a newer version of this package has changed the database: upgrade to it",
            )
        for migration in known[applied:]:
            cursor.execute(migration.statements)
            cursor.execute(
                "INSERT INTO two_tower.migrations (number, name) VALUES (%s, %s)",
                (migration.number, migration.name),
            )
