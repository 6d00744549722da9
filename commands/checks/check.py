"""A check: a name, and a function that returns what it found or raises what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

import psycopg2

from schema.database_errors import in_our_form
from schema.errors import TwoTowerError

__all__ = ["Outcome", "Remark", "State", "examine", "skipped"]

S = TypeVar("S")


class State(StrEnum):
    """Outcome of a check; only FAILED keeps a run from succeeding."""

    OK = "ok"
    REMARK = "remark"
    FAILED = "failed"
    SKIPPED = "skipped"


class Remark(NamedTuple):
    """What a run gets along with, and what would be better."""

    found: str
    remedy: str


@dataclass(frozen=True)
class Outcome:
    """One line of the doctor's report; `remedy` is empty if nothing is wrong."""

    name: str
    state: State
    found: str
    remedy: str = ""


Checks = Mapping[str, Callable[[S], "str | Remark"]]


def examine(checks: Checks[S], subject: S, then: Callable[[], object] = int) -> Iterator[Outcome]:
    """The outcome of each check of the table; `then` is called after each."""
    for name, check in checks.items():
        yield _outcome(name, check, subject)
        then()


def skipped(checks: Checks[S], why: str) -> Iterator[Outcome]:
    """The outcomes where there is no subject to look at."""
    return (Outcome(name, State.SKIPPED, why) for name in checks)


def _outcome(name: str, check: Callable[[S], str | Remark], subject: S) -> Outcome:
    try:
        found = check(subject)
    except psycopg2.errors.QueryCanceled:
        return Outcome(name, State.SKIPPED, "not known in time: the database is large, or busy")
    except psycopg2.Error as error:
        return _failed(name, in_our_form(error, name))
    except TwoTowerError as error:
        return _failed(name, error)
    if isinstance(found, Remark):
        return Outcome(name, State.REMARK, found.found, found.remedy)
    return Outcome(name, State.OK, found)


def _failed(name: str, error: TwoTowerError) -> Outcome:
    found = str(error).removesuffix(f": {error.advice}") if error.advice else str(error)
    return Outcome(name, State.FAILED, found, error.advice)
