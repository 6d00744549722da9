"""The edge function as it stands before Supabase: TLS, a transaction pooler, the least role."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from schema.database import connect, session
from serving.edge_function import EdgeFunction
from serving.edge_tokens import Signer
from serving.launcher import free_port
from tests.conftest import TABLES_SQL
from tests.databases.pgbouncer import pgbouncer
from tests.deno import Deno
from tests.releases.staging import release
from tests.serving.edge.conftest import AXIS, Edge, running
from tests.serving.edge.hand_made import add_files
from tests.toy_world import ToyWorld, fill

pytestmark = [pytest.mark.edge, pytest.mark.pooler, pytest.mark.postgres]

ROLES_SQL = Path(__file__).parents[3] / "serving" / "roles.sql"


@pytest.fixture
def elsewhere(postgres_url: str, tmp_path: Path) -> tuple[str, str, ToyWorld]:
    """A released version where pgvector has a schema of its own: URL, role of answers, world."""
    name, role = f"edge_{uuid4().hex}", f"serve_{uuid4().hex[:8]}"
    with closing(connect(postgres_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
    url = postgres_url.replace("/two_tower?", f"/{name}?")
    rights = ROLES_SQL.read_text(encoding="utf-8").replace("two_tower_serve", role)
    tables = TABLES_SQL.read_text(encoding="utf-8")
    with session(url) as connection:
        connection.cursor().execute(
            "CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions;"
            f"SET search_path = public, extensions; {tables}"
        )
    with session(url) as connection:
        connection.cursor().execute(rights.replace("two_tower_run", f"{role}_run"))
    with closing(connect(url)) as connection:
        world = fill(connection)
        release(connection, "1", world.users, world.videos)
        add_files(connection, tmp_path, "1", AXIS)
        connection.cursor().execute(
            f"GRANT SELECT ON ALL TABLES IN SCHEMA two_tower TO {role};"
            f"ALTER ROLE {role} SET search_path = public"
        )
        connection.commit()
    return url, role, world


def test_it_answers_as_the_least_role_behind_a_pooler_with_tls(
    elsewhere: tuple[str, str, ToyWorld], deno: Deno, auth: tuple[Signer, str], tmp_path: Path
) -> None:
    """Three server connections for all; in a run, the rights are the default of its own tables."""
    url, role, world = elsewhere
    with pgbouncer(url, size=3, tls=True, user=role) as pooler:
        address = pooler.url("sslmode=require")
        function = EdgeFunction(*deno, free_port(), address, auth[1], tmp_path)
        with running(function):
            edge = Edge(function.url, url, world, tmp_path, auth)
            for user in world.users[:6]:
                answer = edge.answer(user, "limit=60")
                assert (answer["rung"], answer["model_version"]) == ("fresh", "1")
                assert set(world.videos) >= {item["video_id"] for item in answer["items"]}
            edge.do("ALTER TABLE user_video_decisions ENABLE ROW LEVEL SECURITY")
            reply = edge.get(world.users[0])
            assert (reply.status_code, reply.json()["status"]) == (503, 503), "hidden decisions"
