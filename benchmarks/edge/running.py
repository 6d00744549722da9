"""The function as a process, and the time until its first answer."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

import urllib3

from benchmarks.edge.load import Caller
from serving.edge_function import EdgeFunction

__all__ = ["running"]

WITHIN_S = 30.0


@contextmanager
def running(function: EdgeFunction, caller: Caller) -> Iterator[tuple[int, float]]:
    """Its process id, and seconds from its start to its first answer."""
    variables = [f"{name}={value}" for name, value in function.environment.items()]
    started = time.perf_counter()
    with subprocess.Popen(["env", *variables, *function.command]) as process:
        try:
            yield process.pid, _answered(caller) - started
        finally:
            process.kill()


def _answered(caller: Caller) -> float:
    """The moment of the first answer.

    Raises:
        TimeoutError: there is none.
    """
    deadline = time.perf_counter() + WITHIN_S
    while time.perf_counter() < deadline:
        with suppress(urllib3.exceptions.HTTPError):
            if caller.ask(0).status == HTTPStatus.OK:
                return time.perf_counter()
        time.sleep(0.005)
    raise TimeoutError(f"an answer of the function within {WITHIN_S:.0f} s")
