"""Conversion of any failure to one line of ours: expected, got, what to do."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import NamedTuple

import psycopg2

from schema import database_errors
from schema.database_errors import without_ids
from schema.errors import DataError, SetupError, TwoTowerError

__all__ = ["of_error", "of_log", "of_status"]

LONGEST = 300
TAIL_BYTES = 1 << 16
_RERUN = "then run it again: finished nodes are taken from the cache"
_OUR_LINE = re.compile(r"expected .+, got .+: .+")
_CAUSE = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)\b.*", re.MULTILINE)
_AROUND_A_CAUSE = re.compile(
    r"Graph execution error|Detected at node|<stack traces unavailable>|\d+ root error|.*:$"
)

_WHERE = re.compile(r" \[while running '.*|\{\{function_node .*?\}\} ?| ?\[Op:.*")
_PATH_OF_CLASS = re.compile(
    r"\b(?:\w+\.)+(?=\w*(?:Error|Exception)\b)|^RuntimeError: (?=[\w.]+Error: )"
)


class _Case(NamedTuple):
    """Expectation and advice for errors whose text matches."""

    text: str
    expected: str
    advice: str


_CASES = (
    _Case(
        r"No space left on device|Disk quota exceeded|disk is full",
        "disk space",
        f"free some, {_RERUN}",
    ),
    _Case(
        r"MemoryError|bad_alloc|Cannot allocate memory|[Oo]ut of memory|\bOOM\b|ResourceExhausted",
        "memory",
        f"lower NODES_AT_ONCE and READERS, or give the machine more, {_RERUN}",
    ),
    _Case("Too many open files", "open files", f"raise their number by `ulimit -n`, {_RERUN}"),
    _Case(
        "Permission denied|Read-only file system|Operation not permitted",
        "files to read and write",
        f"give this user the right, or set FOLDER to another, {_RERUN}",
    ),
)
"""The first match counts."""


def of_error(error: BaseException, what: str, see: str) -> TwoTowerError:
    """The one line for an exception.

    Args:
        error: the exception. An error of ours is returned as it is, also if it is contained in the
            text of another, as in Beam's.
        what: the part that failed, such as "Trainer".
        see: advice that tells where to find the traceback.
    """
    if isinstance(error, TwoTowerError):
        return error
    if isinstance(error.__cause__, TwoTowerError):
        return error.__cause__
    if isinstance(error, psycopg2.Error):
        return database_errors.in_our_form(error, what)
    return _of_text(_cause(error), what, see)


def of_status(status: int, what: str, see: str) -> TwoTowerError:
    """The one line for a process that ended without an error; a negative status is a signal's."""
    if status == -signal.SIGKILL:
        return SetupError(
            f"{what} to end well", "its end by SIGKILL",
            "memory may have run out (`dmesg` says so): lower NODES_AT_ONCE and READERS, or give"
            f" the machine more, {_RERUN}",
        )  # fmt: skip
    got = f"its end by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
    return DataError(f"{what} to end well", f"{got} without a word", see)


def of_log(log: Path, what: str) -> TwoTowerError | None:
    """The error by the last error line of a log, or None."""
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - TAIL_BYTES, 0))
        text = file.read().decode(errors="replace")
    if _OUR_LINE.search(text) or _CAUSE.search(text):
        return _of_text(text, what, f"see {log}")
    return None


def _of_text(text: str, what: str, see: str) -> TwoTowerError:
    ours = _OUR_LINE.findall(text)
    if ours:
        return TwoTowerError.saying(_short(ours[-1]))
    causes = [found.group() for found in _CAUSE.finditer(text)]
    said = _short(causes[-1] if causes else text)
    for case in _CASES:
        if re.search(case.text, said):
            return SetupError(f"{case.expected} for {what}", f'"{said}"', case.advice)
    return DataError(f"{what} to end well", f'"{said}"', see)


def _cause(error: BaseException) -> str:
    """Class and first informative line; the whole text if it contains another error."""
    text = str(error)
    if _OUR_LINE.search(text) or "Traceback (most recent call last)" in text:
        return text
    lines = [line for line in text.splitlines() if line.strip() and not line[0].isspace()]
    telling = [line for line in lines if not _AROUND_A_CAUSE.match(line)]
    name = type(error).__name__
    return f"{name}: {next(iter(telling or lines), '')}".removesuffix(": ")


def _short(text: str) -> str:
    """The text in one line, without ids, and without Beam's and TensorFlow's locations."""
    line = without_ids(" ".join(_PATH_OF_CLASS.sub("", _WHERE.sub("", text)).split()))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
