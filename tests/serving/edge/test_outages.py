"""What the edge function answers while something that it asks is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline.local.postgres import leave_running, open_folder, stop
from schema.database import connect
from serving.edge_function import EdgeFunction
from serving.edge_tokens import Signer
from serving.launcher import free_port
from tests.conftest import TABLES_SQL
from tests.deno import Deno
from tests.releases.staging import release, unit
from tests.serving.edge.conftest import Edge, running
from tests.serving.edge.hand_made import add_files
from tests.toy_world import fill

pytestmark = [pytest.mark.edge, pytest.mark.postgres]


@pytest.fixture
def own_server() -> Iterator[tuple[Path, str]]:
    """A PostgreSQL that a test may stop: its folder and its address."""
    with open_folder("two-tower-edge-") as folder:
        yield folder / "postgres", leave_running(folder / "postgres")
        stop(folder / "postgres")


def test_the_database_may_go_and_come_back(
    own_server: tuple[Path, str], deno: Deno, auth: tuple[Signer, str], tmp_path: Path
) -> None:
    folder, url = own_server
    with closing(connect(url)) as connection:
        connection.cursor().execute(TABLES_SQL.read_text(encoding="utf-8"))
        world = fill(connection)
        release(connection, "1", world.users, world.videos)
        add_files(connection, tmp_path, "1", 5)
    function = EdgeFunction(*deno, free_port(), url, auth[1], tmp_path)
    with running(function):
        edge = Edge(function.url, url, world, tmp_path, auth)
        assert edge.answer(world.users[0])["rung"] == "fresh"
        stop(folder)
        for _ in range(3):
            reply = edge.get(world.users[0])
            assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")
            assert reply.json()["type"].endswith(":database-unavailable")
        leave_running(folder)
        assert edge.answer(world.users[0])["rung"] == "fresh"


class _ModelServer(BaseHTTPRequestHandler):
    """Every user has `unit(7)`; the server's `asked` has paths and instances."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, asked["instances"]))  # type: ignore[attr-defined]
        body = json.dumps({"predictions": [unit(7).tolist()]}).encode()
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_model_server_is_asked_for_exactly_the_live_version(
    edge: Edge, deno: Deno, auth: tuple[Signer, str]
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _ModelServer)
    server.asked, server.status = [], 200  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, daemon=True).start()
    at = "http://{}:{}".format(*server.server_address[:2])
    function = EdgeFunction(*deno, free_port(), edge.database, auth[1], None, at)
    with running(function), server:
        other = Edge(function.url, edge.database, edge.world, edge.models, auth)
        answer = other.answer(edge.world.users[0], "limit=500")
        ((path, instances),) = server.asked  # type: ignore[attr-defined]
        server.status = 404  # type: ignore[attr-defined]
        without = other.answer(edge.world.users[0], "limit=1")
        server.shutdown()
    assert path == "/v1/models/two_tower/versions/1:predict"
    assert [sorted(one) for one in instances] == [sorted(instances[0])]
    scores = {item["video_id"]: item["score"] for item in answer["items"]}
    assert answer["rung"] == "fresh"
    assert scores.get(edge.world.videos[7], 1.0) == pytest.approx(1.0, abs=1e-6)
    assert without["rung"] == "stored"
    assert without["reason"] == "expected a vector of the model server, got HTTP 404"


def test_without_the_keys_of_tokens_nobody_is_answered(edge: Edge, deno: Deno) -> None:
    nowhere = "http://127.0.0.1:9"
    function = EdgeFunction(*deno, free_port(), edge.database, nowhere, edge.models)
    with running(function):
        other = Edge(function.url, edge.database, edge.world, edge.models, (edge.signer, nowhere))
        reply = other.get(edge.world.users[0])
    assert reply.status_code == 503
    assert reply.json()["type"].endswith(":identity-unavailable")
