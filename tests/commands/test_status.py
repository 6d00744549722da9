"""`two-tower status`: what is live, what ended how, what answers; nothing is created."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from commands.status_table import age
from pipeline.run_history import Ended, record_end
from schema.database import connect
from tests.commands.test_main import _command
from tests.pipeline.past_runs import write_run
from tests.releases.staging import release
from tests.toy_world import fill

__all__ = ["server_with"]

NOBODY = "http://127.0.0.1:9"


def _status(folder: Path, **settings: str) -> dict[str, Any]:
    given = {"SERVICE_URL": NOBODY, **settings}
    done = _command(folder, "status", "--json", **given)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def server_with(status: int, body: bytes) -> Iterator[str]:
    """A server that answers every request alike; its root."""

    class Replies(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with HTTPServer(("127.0.0.1", 0), Replies) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_before_the_first_run_nothing_is_known_and_nothing_is_made(tmp_path: Path) -> None:
    found = _status(tmp_path, DATABASE_URL="")
    assert found["database"]["problem"] == "none yet: `make run` makes one"
    assert found["runs"] == []
    assert found["service"] == {"url": NOBODY, "state": "not running", "parts": {}}
    assert list(tmp_path.iterdir()) == []


def test_a_database_out_of_reach_is_a_line_of_the_status(tmp_path: Path) -> None:
    problem = _status(tmp_path)["database"]["problem"]
    assert problem.startswith("expected a running server at postgresql://127.0.0.1:1/none")


@pytest.mark.postgres
def test_the_live_version_has_its_age_and_what_lacks_a_vector_is_counted(
    tmp_path: Path, database: str
) -> None:
    """The toy world has 40 users and 60 videos."""
    with closing(connect(database)) as connection:
        world = fill(connection)
        release(connection, "7", world.users, world.videos)
        release(connection, "8", world.users[:37], world.videos[:59])
    found = _status(tmp_path, DATABASE_URL=database)["database"]
    assert (found["live"], found["previous"], found["problem"]) == ("8", "7", "")
    assert 0 < found["age_s"] < 60
    assert found["without_vector"] == {"users": 3, "videos": 1}
    said = _command(tmp_path, "status", DATABASE_URL=database, SERVICE_URL=NOBODY).stdout
    assert "live: 8, for " in said
    assert ", 7 before" in said
    assert "without a vector: 3 users, 1 videos" in said


@pytest.mark.postgres
def test_a_database_without_a_release_says_so(tmp_path: Path, database: str) -> None:
    said = _command(tmp_path, "status", DATABASE_URL=database, SERVICE_URL=NOBODY).stdout
    assert "live: no version yet" in said


def test_runs_have_their_end_reason_and_node_times(tmp_path: Path) -> None:
    metadata = tmp_path / "metadata.sqlite"
    write_run(metadata, "first", {"Moment": "COMPLETE", "Trainer": "CACHED"})
    record_end(metadata, datetime(2020, 1, 1, tzinfo=UTC), Ended.REFUSED, "AUC-PR fell by 0.02")
    (run,) = _status(tmp_path)["runs"]
    assert (run["ended"], run["reason"]) == ("refused", "AUC-PR fell by 0.02")
    assert [(node["node"], node["state"]) for node in run["nodes"]] == [
        ("Moment", "complete"), ("Trainer", "cached"),
    ]  # fmt: skip
    assert all(0 <= node["seconds"] < 60 for node in run["nodes"])
    said = _command(tmp_path, "status", SERVICE_URL=NOBODY, COLUMNS="120").stdout
    assert "refused" in said
    assert "1 of 2" in said
    assert "AUC-PR fell by 0.02" in said


@pytest.mark.parametrize(
    ("status", "body", "state", "parts"),
    [
        (200, b'{"dependencies": {"database": "ok"}}', "ready", {"database": "ok"}),
        (503, b'{"dependencies": {"index": "breaker is open"}}', "not ready",
         {"index": "breaker is open"}),
        (200, b"<html>", "another server", {}),
        (404, b"[]", "another server", {}),
    ],
)  # fmt: skip
def test_the_service_says_itself_what_works(
    tmp_path: Path, status: int, body: bytes, state: str, parts: dict[str, str]
) -> None:
    with server_with(status, body) as url:
        assert _status(tmp_path, SERVICE_URL=url)["service"] == {
            "url": url, "state": state, "parts": parts,
        }  # fmt: skip


def test_a_given_model_server_that_is_away_is_named(tmp_path: Path) -> None:
    found = _status(tmp_path, MODEL_SERVER_URL=NOBODY)["model_server"]
    assert found["url"] == NOBODY
    assert "start the model server or correct its URL" in found["state"]


def test_the_status_takes_less_than_a_second_of_a_processor(tmp_path: Path) -> None:
    write_run(tmp_path / "metadata.sqlite", "first", {"Moment": "COMPLETE"})

    def seconds() -> float:
        before = os.times()
        _status(tmp_path)
        after = os.times()
        return (after.children_user - before.children_user) + (
            after.children_system - before.children_system
        )

    assert min(seconds() for _ in range(2)) < 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (3e6, "35 days"),
    ],
)
def test_an_age_is_in_the_largest_unit_that_it_fills_twice(seconds: float, words: str) -> None:
    assert age(seconds) == words
