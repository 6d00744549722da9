"""A process that dies is started again, later each time; all end with the group."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from serving.supervisor import Child, Supervisor
from tests.killed.processes import within

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
DEAF = [
    sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
]  # fmt: skip


@contextmanager
def _running(*children: Child) -> Iterator[Supervisor]:
    group = Supervisor(children)
    started = threading.Event()
    # A thread cannot be the parent that prctl names for the whole life of a child; this one lives.
    thread = threading.Thread(target=group.run, args=(started.set,))
    thread.start()
    try:
        assert started.wait(10)
        yield group
    finally:
        group.stop()
        thread.join(30)
        assert not thread.is_alive()


def test_a_child_that_is_killed_is_started_again_and_the_others_stay() -> None:
    with _running(Child("a", SLEEPER), Child("b", SLEEPER)) as group:
        before = group.pids()
        os.kill(before["a"], signal.SIGKILL)
        assert within(10, lambda: group.pids().get("a") not in {None, before["a"]})
        assert group.pids()["b"] == before["b"]


def test_all_have_ended_when_the_group_ends() -> None:
    with _running(Child("a", SLEEPER), Child("b", SLEEPER)) as group:
        pids = group.pids().values()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_the_environment_of_a_child_is_its_own(tmp_path: object) -> None:
    path = f"{tmp_path}/said"
    word = "import os, sys, time; open(sys.argv[1], 'w').write(os.environ['WORD']); time.sleep(600)"
    command = [sys.executable, "-c", word, path]
    with _running(Child("a", command, {"WORD": "夜"})):
        assert within(10, lambda: os.path.exists(path) and open(path).read() == "夜")  # noqa: PTH110, PTH123, SIM115
    assert "WORD" not in os.environ


def test_pauses_grow_and_a_steady_life_ends_them() -> None:
    now = [0.0]
    group = Supervisor([Child("a", [sys.executable, "-c", ""])], clock=lambda: now[0])
    starts = list[float]()
    while len(starts) < 5:
        group.look()
        if group.pids():
            starts.append(now[0])
            assert within(10, lambda: psutil.Process(group.pids()["a"]).status() == "zombie")
            group.look()
        now[0] += 0.25
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses == [0.5, 1.0, 2.0, 4.0]
    group.end()
