"""A process ends with its parent, also where that ended a moment earlier."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from schema.parent_death import end_with_parent
from tests.killed.processes import alive, within

PARENT = """
import os, subprocess, sys
from functools import partial
from schema.parent_death import end_with_parent
child = subprocess.Popen(["sleep", "60"], preexec_fn=partial(end_with_parent, os.getpid()))
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_killed_parent_s_child_is_killed_with_it() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=-1, stdout=-1)
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert alive(child)
        parent.kill()
    assert within(1, lambda: not alive(child))


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_one_whose_parent_has_ended_already_ends_at_once(by: signal.Signals) -> None:
    """Then its parent is not the one of the argument."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with_parent(os.getpid(), by)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -by
