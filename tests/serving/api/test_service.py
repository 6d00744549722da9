"""The service as a process of its own, over the real recommender on the toy world."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests

from schema.database import connect
from tests.killed.processes import within
from tests.releases.staging import release
from tests.toy_world import ToyWorld, fill

pytestmark = pytest.mark.postgres


@pytest.fixture
def service(database: str) -> Iterator[tuple[str, ToyWorld]]:
    """Its root; there is no model server."""
    with closing(connect(database)) as connection:
        world = fill(connection)
        release(connection, "1", world.users, world.videos)
    given = {"DATABASE_URL": database, "MODEL_SERVER_URL": "http://127.0.0.1:9"}
    with subprocess.Popen(
        [sys.executable, "-m", "serving.api", "--port", "0"],
        env={**os.environ, **given}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        yield found[0].rstrip("/"), world
        process.terminate()
        assert process.wait(20) == 0


def test_an_answer_says_how_it_was_found(service: tuple[str, ToyWorld]) -> None:
    """Without a model server, by the stored embedding."""
    url, world = service
    reply = requests.get(f"{url}/v1/users/{world.users[5]}/recommendations?limit=3", timeout=10)
    answer = reply.json()
    assert (reply.status_code, answer["rung"], answer["model_version"]) == (200, "stored", "1")
    assert answer["items"][0]["video_id"] == world.videos[5]
    assert reply.headers["X-Model-Version"] == "1"
    assert "search;dur=" in reply.headers["Server-Timing"]
    assert answer["reason"]


def test_a_like_counts_at_once(service: tuple[str, ToyWorld], database: str) -> None:
    url, world = service
    asked = f"{url}/v1/users/{world.users[5]}/recommendations?limit=1"
    first = requests.get(asked, timeout=10).json()["items"][0]["video_id"]
    with closing(connect(database)) as connection, connection, connection.cursor() as cursor:
        row = (world.users[5], first)
        cursor.execute("INSERT INTO user_video_decisions VALUES (%s, %s, 'like', now())", row)
    assert requests.get(asked, timeout=10).json()["items"][0]["video_id"] != first


def test_similar_videos_page_and_health(service: tuple[str, ToyWorld]) -> None:
    url, world = service
    similar = requests.get(f"{url}/v1/videos/{world.videos[5]}/similar?limit=2", timeout=10).json()
    assert len(similar["items"]) == 2
    assert requests.get(f"{url}/", timeout=10).headers["Content-Type"].startswith("text/html")
    assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
    user = f"{url}/v1/users/{world.users[5]}/recommendations"
    for _ in range(3):
        requests.get(user, timeout=10)
    assert within(5, lambda: "model server" in requests.get(f"{url}/readyz", timeout=10).text)
