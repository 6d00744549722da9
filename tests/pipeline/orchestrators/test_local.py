"""Reports of ProcessPerNodeRunner on nodes that succeed, fail or are killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.node.progress import report_progress
from schema.errors import DataError, NotBlessedError, SetupError, TwoTowerError

pytestmark = pytest.mark.tfx


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that runs nodes, given as (id, upstream ids, what to do), two at once."""
    from pipeline.orchestrators import local
    from pipeline.progress import Progress

    def run(*nodes: tuple[str, list[str], Any], deadline_s: float = inf) -> list[dict[str, Any]]:
        work = {name: SimpleNamespace(launch=task) for name, _, task in nodes}
        monkeypatch.setattr(local, "_launcher_of", lambda _, node: work[node.node_info.id])
        monkeypatch.setattr(
            "pipeline.orchestrators.local.runtime_parameter_utils.substitute_runtime_parameter",
            lambda *_: None,
        )
        specs = [
            SimpleNamespace(
                pipeline_node=SimpleNamespace(
                    node_info=SimpleNamespace(id=name), upstream_nodes=upstream
                )
            )
            for name, upstream, _ in nodes
        ]
        path = tmp_path / "progress.jsonl"
        progress = Progress(path, tmp_path / "logs")
        runner = local.ProcessPerNodeRunner(progress, 2, deadline_s=deadline_s)
        try:
            runner.run_with_ir(SimpleNamespace(nodes=specs))
        finally:
            events = [json.loads(line) for line in path.read_text().splitlines()]
        return events

    return run


def _fail(error: Exception) -> Any:
    def launch() -> None:
        raise error

    return launch


def test_a_node_starts_after_those_before_it_have_ended(run: Any) -> None:
    events = run(
        ("c", ["a", "b"], lambda: None), ("a", [], lambda: None), ("b", ["a"], lambda: None)
    )
    told = [(event["event"], event["node"]) for event in events]
    assert told == [(word, node) for node in "abc" for word in ("start", "finish")]


def test_of_two_ready_nodes_the_one_with_more_behind_it_starts_first(run: Any) -> None:
    events = run(
        ("alone", [], lambda: None),
        ("head", [], lambda: None),
        ("tail", ["head"], lambda: None),
    )
    started = [event["node"] for event in events if event["event"] == "start"]
    assert started[0] == "head"


def test_of_equals_the_one_that_continues_a_path_comes_first() -> None:
    """Both late nodes are one step from the end; `third` has two behind it already, `new` none."""
    from pipeline.orchestrators.local import _most_urgent_first

    upstream = {
        "new": [], "first": [], "second": ["first"], "third": ["second"], "end": ["new", "third"]
    }  # fmt: skip
    specs = {name: SimpleNamespace(upstream_nodes=names) for name, names in upstream.items()}
    assert _most_urgent_first(specs) == ["first", "second", "third", "new", "end"]


def test_memory_and_time_of_a_node_are_its_own(run: Any) -> None:
    events = run(("small", [], lambda: None), ("big", ["small"], lambda: bytearray(300 << 20)))
    peaks = {event["node"]: event["peak_mb"] for event in events if event["event"] == "finish"}
    assert 290 < peaks["big"] - peaks["small"] < 400


def test_our_own_error_comes_out_of_the_process_as_it_was(run: Any) -> None:
    with pytest.raises(NotBlessedError, match=r"^expected a, got b: do c$"):
        run(("gate", [], _fail(NotBlessedError("a", "b", "do c"))))


def test_an_error_that_beam_has_wrapped_is_reported_by_its_own_line(run: Any) -> None:
    wrapped = RuntimeError("Traceback …\nschema.errors.DataError: expected x, got NULL: fix it")
    with pytest.raises(TwoTowerError, match=r"^expected x, got NULL: fix it$"):
        run(("reader", [], _fail(wrapped)))


def test_what_a_node_holds_stays_open_until_the_nodes_behind_it_have_ended(
    run: Any, tmp_path: Path
) -> None:
    """A file lock, which its process alone can drop: held for the next node, free for the last."""
    import fcntl

    from components.node.held import hold

    path = tmp_path / "held"

    def take() -> None:
        file = path.open("w")
        fcntl.flock(file, fcntl.LOCK_EX)
        hold(file)

    def is_free() -> bool:
        with path.open() as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def expect(*, free: bool) -> None:
        deadline = time.monotonic() + (5 if free else 0)
        while is_free() != free and time.monotonic() < deadline:
            time.sleep(0.01)
        if is_free() != free:
            raise DataError(f"free: {free}", "the opposite", "look at the runner")

    run(
        ("holder", [], take),
        ("reader", ["holder"], lambda: expect(free=False)),
        ("later", ["reader"], lambda: expect(free=True)),
    )


def test_a_node_that_is_killed_ends_the_run_and_names_the_signal(run: Any) -> None:
    said = r"^expected crash to end well, got its end by SIGKILL: memory may have run out "
    with pytest.raises(SetupError, match=said):
        run(("crash", [], lambda: os.kill(os.getpid(), signal.SIGKILL)))


def test_a_node_that_ends_without_a_word_is_told_of(run: Any) -> None:
    with pytest.raises(DataError, match=r"expected mute to end well, got status 3 without a word:"):
        run(("mute", [], lambda: os._exit(3)))


def test_a_node_that_ends_the_interpreter_has_failed(run: Any) -> None:
    with pytest.raises(DataError, match=r'expected quitter to end well, got "SystemExit: 4": see '):
        run(("quitter", [], lambda: sys.exit(4)))


def test_a_failing_node_s_traceback_is_where_the_error_says(run: Any, tmp_path: Path) -> None:
    log = os.open(tmp_path / "run.log", os.O_WRONLY | os.O_CREAT)
    kept = os.dup(2)
    os.dup2(log, 2)
    try:
        with pytest.raises(DataError) as caught:
            run(("n", [], _fail(KeyError("a"))))
    finally:
        os.dup2(kept, 2)
    said = f"expected n to end well, got \"KeyError: 'a'\": see {tmp_path / 'run.log'}"
    assert str(caught.value) == said


def test_a_message_of_progress_that_cannot_be_sent_fails_no_node(run: Any) -> None:
    class Local(int):
        """A number, but none that another process could make."""

    events = run(("n", [], lambda: report_progress(Local(1), 2)))
    assert [event["event"] for event in events] == ["start", "finish"]


def test_a_node_that_hangs_is_ended_at_its_deadline_and_named(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ignores SIGTERM, as a process does that waits in native code with a handler of Python."""
    monkeypatch.setattr("pipeline.orchestrators.node_process.ENDED_WITHIN_S", 0.2)
    own = tmp_path / "pid"

    def hang() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        own.write_text(str(os.getpid()))
        while True:
            time.sleep(60)

    said = r"^expected stuck to end within 1 s \(NODE_DEADLINE_S\), got a node that was still"
    with pytest.raises(SetupError, match=said):
        run(("quick", [], lambda: None), ("stuck", ["quick"], hang), deadline_s=1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(own.read_text()), 0)


def test_each_node_has_the_deadline_for_itself(run: Any) -> None:
    first, second = (lambda: time.sleep(0.7) for _ in range(2))
    events = run(("first", [], first), ("second", ["first"], second), deadline_s=1)
    assert [event["event"] for event in events] == ["start", "finish"] * 2


def test_nothing_starts_after_a_failure(run: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        run(("first", [], _fail(DataError("a", "b", "c"))), ("second", ["first"], lambda: None))
    assert '"second"' not in (tmp_path / "progress.jsonl").read_text()
