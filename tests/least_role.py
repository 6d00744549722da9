"""A role with the least rights of a run, on a database filled with the toy world."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from schema.database import connect, session
from tests.toy_world import fill

__all__ = ["Least", "least_role"]

ROLES_SQL = (Path(__file__).parents[1] / "serving" / "roles.sql").read_text(encoding="utf-8")


class Least:
    """A filled database, and a role on it with the rights of serving/roles.sql."""

    def __init__(self, url: str) -> None:
        self.owner = url
        self.role = f"run_{uuid4().hex[:8]}"
        self.url = url.replace("//postgres@", f"//{self.role}@")

    def change(self, statements: str) -> None:
        """As the owner; `two_tower_run` means our role."""
        with session(self.owner) as connection, connection.cursor() as cursor:
            cursor.execute(statements.replace("two_tower_run", self.role))


@contextmanager
def least_role(database: str) -> Iterator[Least]:
    """Fill the database with the toy world, and make the role for a block."""
    with closing(connect(database)) as connection:
        fill(connection)
    world = Least(database)
    serve = f"serve_{uuid4().hex[:8]}"
    world.change(ROLES_SQL.replace("two_tower_serve", serve))
    yield world
    for role in (world.role, serve):
        world.change(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
