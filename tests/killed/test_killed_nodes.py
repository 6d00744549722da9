"""A run on the toy world, killed at the start of every node in turn: nothing goes live by halves.

The tests follow each other in one folder. Each attempt is forked from a process that has TFX
imported already, and takes from the cache what the attempts before it have finished.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from serving.launcher import model_server
from tests.databases.toy import execute, toy_database
from tests.killed.processes import alive, within

pytestmark = pytest.mark.e2e

STAGES = """
SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
    AND application_name = 'two-tower-tfx'
"""
"""Tables of a version are being made."""
FORGET = "DELETE FROM two_tower.live; DELETE FROM two_tower.versions"


class Attempt:
    """A process that runs the pipeline's script, as the TFX CLI would."""

    def __init__(self, forking: subprocess.Popen[str], folder: Path, url: str, server: str) -> None:
        self.folder = folder
        self._forking = forking
        self._progress = folder / "progress.jsonl"
        self._progress.unlink(missing_ok=True)
        assert forking.stdin
        forking.stdin.write(json.dumps([str(folder), url, server]) + "\n")
        forking.stdin.flush()
        self._process = psutil.Process(self._answer())

    def events(self) -> list[dict[str, object]]:
        text = self._progress.read_text() if self._progress.exists() else ""
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def started(self) -> list[str]:
        return [str(one["node"]) for one in self.events() if one["event"] == "start"]

    def ended(self) -> bool:
        return not alive(self._process)

    def kill(self) -> list[psutil.Process]:
        """Kills the script's process alone, and returns it with all that it had started."""
        tree = [self._process, *self._process.children(recursive=True)]
        self._process.kill()
        return tree

    def status(self) -> int:
        """Once it has ended; asked once."""
        return self._answer()

    def _answer(self) -> int:
        assert self._forking.stdout
        return int(self._forking.stdout.readline())


Begin = Callable[[], Attempt]


@pytest.fixture(scope="module")
def toy(postgres_url: str) -> Iterator[str]:
    with toy_database(postgres_url) as (url, _):
        yield url


@pytest.fixture(scope="module")
def begin(toy: str, folder: Path) -> Iterator[Begin]:
    """A function that starts the next attempt, after the one before it has reported its status."""
    with (
        model_server(folder / "models") as server,
        subprocess.Popen(
            [sys.executable, "-m", "tests.killed.forking"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as forking,
    ):  # fmt: skip
        yield lambda: Attempt(forking, folder, toy, server.url)
        forking.kill()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


def test_a_run_that_loses_its_lock_quarantines_nothing(begin: Begin) -> None:
    assert "Quarantine" not in _finished_without_lock_since("Moment", begin())


def test_a_run_killed_at_every_node_is_dead_and_its_rerun_releases(
    begin: Begin, toy: str, folder: Path
) -> None:
    killed: list[str] = []
    while node := _killed_at(lambda name: name not in killed, begin(), toy):
        killed.append(node)
    summary = json.loads((folder / "summary.json").read_text())
    assert sorted(killed) == sorted(one["node"] for one in summary["nodes"])
    version = summary["model_version"]
    assert _live(toy) == {("users", version, 40), ("videos", version, 60)}
    assert [path.name for path in (folder / "models").iterdir()] == [version]


def test_a_run_killed_while_it_writes_embeddings_has_written_none(begin: Begin, toy: str) -> None:
    """They must be written again, since the registry has forgotten them."""
    before = _written(toy)
    execute(toy, FORGET)
    attempt = begin()
    assert within(200, lambda: attempt.ended() or bool(execute(toy, STAGES)))
    tree = attempt.kill()
    assert within(2, lambda: not any(map(alive, tree)))
    assert attempt.status() == -signal.SIGKILL
    assert within(2, lambda: not execute(toy, STAGES))
    assert _written(toy) == before
    assert execute(toy, "SELECT 1 FROM two_tower.versions") == []


def test_a_run_that_loses_its_lock_releases_nothing(begin: Begin, toy: str) -> None:
    finished = _finished_without_lock_since("Evaluator", begin())
    assert "EmbeddingWriter" not in finished
    assert execute(toy, "SELECT 1 FROM two_tower.live") == []


def _finished_without_lock_since(node: str, attempt: Attempt) -> list[object]:
    """As where somebody removes the folder while that node runs, and the next run begins there."""
    assert within(200, lambda: attempt.ended() or node in attempt.started())
    (attempt.folder / "nodes.lock").unlink()
    (attempt.folder / "nodes.lock").touch()
    assert within(200, attempt.ended)
    assert attempt.status() == 1
    *before, error = attempt.events()
    assert str(error["text"]).startswith(f"expected this run's lock {attempt.folder}/nodes.lock")
    return [event["node"] for event in before if event["event"] == "finish"]


def _killed_at(wanted: Callable[[str], bool], attempt: Attempt, url: str) -> str:
    """The node at whose start the attempt was killed, or nothing where it came to its end."""
    assert within(300, lambda: attempt.ended() or any(map(wanted, attempt.started())))
    found = next(filter(wanted, attempt.started()), "")
    if not found:
        assert attempt.status() == 0, (attempt.folder / "run.log").read_text()[-3000:]
        return ""
    tree = attempt.kill()
    assert within(2, lambda: not any(map(alive, tree)))
    assert attempt.status() == -signal.SIGKILL
    assert not (attempt.folder / "run.tmp").exists()
    _assert_whole(attempt.folder, url)
    return found


def _assert_whole(folder: Path, url: str) -> None:
    """Embeddings are of the live version, written to its end; a model that is shown is whole."""
    live = _live(url)
    assert live in (set(), {("users", _version(live), 40), ("videos", _version(live), 60)})
    if execute(url, "SELECT 1 WHERE to_regclass('two_tower.live') IS NOT NULL"):
        assert [row for (row,) in execute(url, "SELECT version FROM two_tower.live")] == (
            [_version(live)] if live else []
        )
    for model in folder.glob("models/[0-9]*"):
        assert (model / "saved_model.pb").exists()


def _written(url: str) -> list[tuple[object, ...]]:
    return execute(url, "SELECT user_id, updated_at FROM user_embeddings ORDER BY 1")


def _version(live: set[tuple[object, ...]]) -> object:
    return next((row[1] for row in live), None)


def _live(url: str) -> set[tuple[object, ...]]:
    return {*execute(
        url,
        "SELECT 'users', model_version, count(*) FROM user_embeddings GROUP BY 2"
        " UNION ALL SELECT 'videos', model_version, count(*) FROM video_embeddings GROUP BY 2",
    )}  # fmt: skip
