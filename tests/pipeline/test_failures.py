"""The one line that reports a failure: expected, got, what to do."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from pipeline.failures import of_error, of_log, of_status
from schema.errors import DataError, NotBlessedError, SetupError

SEE = "see /var/run.log"
RERUN = "then run it again: finished nodes are taken from the cache"


def _line(raising: Callable[[], Any]) -> str:
    try:
        raising()
    except BaseException as error:  # noqa: BLE001
        return str(of_error(error, "Trainer", SEE))
    raise AssertionError


def _raise(error: BaseException) -> Callable[[], None]:
    def raising() -> None:
        raise error

    return raising


def _fill_the_disk() -> None:
    """Linux: nothing can be written there (man full)."""
    Path("/dev/full").write_text("x")


@pytest.mark.parametrize(
    ("raising", "line"),
    [
        (
            _fill_the_disk,
            'expected disk space for Trainer, got "OSError: [Errno 28] No space left on device":'
            f" free some, {RERUN}",
        ),
        (
            lambda: bytearray(1 << 62),
            'expected memory for Trainer, got "MemoryError": lower NODES_AT_ONCE and READERS, or'
            f" give the machine more, {RERUN}",
        ),
        (
            _raise(PermissionError(13, "Permission denied", "/x")),
            'expected files to read and write for Trainer, got "PermissionError: [Errno 13]'
            " Permission denied: '/x'\": give this user the right, or set FOLDER to"
            f" another, {RERUN}",
        ),
        (
            _raise(OSError(24, "Too many open files", "/x")),
            'expected open files for Trainer, got "OSError: [Errno 24] Too many open files:'
            f" '/x'\": raise their number by `ulimit -n`, {RERUN}",
        ),
        (
            _raise(ValueError("\n\n  first:\n\nbad \t value\nmore")),
            f'expected Trainer to end well, got "ValueError: bad value": {SEE}',
        ),
        (_raise(ValueError()), f'expected Trainer to end well, got "ValueError": {SEE}'),
        (
            _raise(ValueError("of 0af7bb1e-3c44-4d5a-9f0e-8b6f1d2a3c4b")),
            f'expected Trainer to end well, got "ValueError: of <id>": {SEE}',
        ),
        (_raise(SystemExit(0)), f'expected Trainer to end well, got "SystemExit: 0": {SEE}'),
    ],
)
def test_an_error_is_one_line_that_says_its_cause(raising: Callable[[], Any], line: str) -> None:
    assert _line(raising) == line


def test_our_own_is_told_as_it_is() -> None:
    error = NotBlessedError("a", "b", "c")
    assert of_error(error, "Evaluator", SEE) is error


def test_our_own_is_told_from_behind_another() -> None:
    error = DataError("a", "b", "c")
    behind = RuntimeError("of no interest")
    behind.__cause__ = error
    assert of_error(behind, "Evaluator", SEE) is error


def test_a_database_s_error_is_told_in_the_database_s_words() -> None:
    line = _line(_raise(psycopg2.OperationalError("server closed\n\tunexpectedly")))
    assert line.startswith("expected the connection to last for Trainer, got ")
    assert "\n" not in line


BEAM = """Traceback (most recent call last):
  File "apache_beam/runners/worker/sdk_worker.py", line 311, in _execute
    response = task()
ValueError: first

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "x.py", line 3, in bad
{cause} [while running 'Analyze/Pack']
"""


def test_what_beam_wraps_is_told_by_its_last_cause() -> None:
    wrapped = RuntimeError(BEAM.format(cause="KeyError: 'title'"))
    assert _line(_raise(wrapped)) == (
        f"expected Trainer to end well, got \"KeyError: 'title'\": {SEE}"
    )


def test_our_own_line_in_beam_s_text_ends_where_ours_does() -> None:
    wrapped = RuntimeError(BEAM.format(cause="schema.errors.DataError: expected a, got b: c"))
    assert _line(_raise(wrapped)) == "expected a, got b: c"


def test_a_disk_that_is_full_in_beam_s_worker_is_told_as_such() -> None:
    """As it came out of a run whose disk was filled."""
    said = "tensorflow.python.framework.errors_impl.ResourceExhaustedError: /v/x.gz; No space left"
    assert _line(_raise(RuntimeError(f"{said} on device [while running 'Read']"))) == (
        'expected disk space for Trainer, got "ResourceExhaustedError: /v/x.gz; No space left on'
        f' device": free some, {RERUN}'
    )


def test_an_endless_cause_is_cut() -> None:
    assert len(_line(_raise(ValueError("x" * 10_000)))) < 400


@pytest.mark.tfx
def test_tensorflow_s_full_disk_and_memory_are_told_as_such() -> None:
    import tensorflow as tf

    assert _line(lambda: tf.io.write_file("/dev/full", "x")) == (
        'expected disk space for Trainer, got "ResourceExhaustedError: /dev/full; No space left on'
        f' device": free some, {RERUN}'
    )
    memory = _line(lambda: tf.zeros([1 << 42]))
    assert memory.startswith('expected memory for Trainer, got "ResourceExhaustedError: OOM when ')


@pytest.mark.tfx
def test_tensorflow_s_errors_are_told_by_their_cause() -> None:
    """Keras puts a page of where before it, eager ops their names around it."""
    import tensorflow as tf
    import tf_keras

    model = tf_keras.Sequential([tf_keras.layers.Embedding(3, 2)])
    model.compile(loss="mse")
    line = _line(lambda: model.fit(tf.constant([[5]]), tf.zeros((1, 1, 2)), verbose=0))
    assert line == (
        'expected Trainer to end well, got "InvalidArgumentError: indices[0,0] = 5 is not in'
        f' [0, 3)": {SEE}'
    )


@pytest.mark.parametrize(
    ("status", "kind", "start"),
    [
        (
            -signal.SIGKILL,
            SetupError,
            "expected Trainer to end well, got its end by SIGKILL: memory may have run out",
        ),
        (
            -signal.SIGSEGV,
            DataError,
            "expected Trainer to end well, got its end by SIGSEGV without a word: see /var/run.log",
        ),
        (0, DataError, "expected Trainer to end well, got status 0 without a word: see"),
    ],
)
def test_an_end_without_a_word_is_named(status: int, kind: type, start: str) -> None:
    told = of_status(status, "Trainer", SEE)
    assert isinstance(told, kind)
    assert str(told).startswith(start)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            'INFO\nexpected no other run, got one: wait\nError while running "x"\n',
            "expected no other run, got one: wait",
        ),
        (
            "Traceback (most recent call last):\n  File x\nImportError: No module named 'x'\n",
            "expected the run to end well, got \"ImportError: No module named 'x'\": see {log}",
        ),
        (
            "x\nOSError: [Errno 28] No space left on device\n",
            'expected disk space for the run, got "OSError: [Errno 28] No space left on device":'
            f" free some, {RERUN}",
        ),
    ],
)
def test_a_log_s_last_error_is_told(tmp_path: Path, said: str, line: str) -> None:
    log = tmp_path / "run.log"
    log.write_text(said)
    assert str(of_log(log, "the run")) == line.format(log=log)


def test_a_log_without_an_error_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text("INFO: an error is expected to be rare, got none\n")
    assert of_log(tmp_path / "run.log", "the run") is None
