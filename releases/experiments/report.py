"""The report of an experiment: figures by arm, and a verdict where there can be one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from releases.experiments.coverage import COVERAGE, coverage_line
from releases.experiments.estimates import detectable
from releases.experiments.metrics import LIKES, METRICS, Line, Metric, by_group, line, preference
from releases.experiments.reading import OUTCOMES, read, read_plain
from releases.experiments.registry import Experiment, Kind, find
from releases.experiments.sample_ratio import SampleRatio, sample_ratio
from releases.experiments.snips import Snips, snips
from schema.database import Connection

__all__ = ["Report", "Rung", "report", "verdict"]

FEWEST = 100
"""Users of an arm, below which its interval is not to be relied on."""
_RANDOM = np.dtype([("is_candidate", "?"), ("number", "i8"), ("propensity", "f8"), ("liked", "f8")])


class Rung(NamedTuple):
    """Places of an arm that were filled by one rung; `crossed` users were shown another arm's."""

    arm: str | None
    rung: str
    places: int
    crossed: int


@dataclass(frozen=True)
class Report:
    """What is known now.

    Attributes:
        experiment: the experiment.
        sample: the check of the sample ratio.
        lines: likes first; coverage last, where there are users enough.
        by_decisions: likes and nopes by number of decisions before the video was shown.
        random_places: by arm, likes of a video drawn evenly, where propensities were logged.
        rungs: what answered.
        findable: difference in likes that is found with a probability of 80 % by now, in the
            terms of the experiment's planned one.
        verdict: one sentence.
    """

    experiment: Experiment
    sample: SampleRatio
    lines: tuple[Line, ...]
    by_decisions: tuple[Line, ...]
    random_places: dict[str, Snips]
    rungs: tuple[Rung, ...]
    findable: float
    verdict: str


def report(connection: Connection, name: str) -> Report:
    """The report as of now, in the caller's transaction.

    Raises:
        DataError: if there is no such experiment.
        DatabaseError: if the database refuses.
    """
    experiment = find(connection, name)
    is_split = experiment.kind is Kind.SPLIT
    outcomes = read(connection, "outcomes", OUTCOMES, name)
    of_both = tuple((line if is_split else preference)(m, outcomes) for m in _metrics(experiment))
    ratio = "ratio" if is_split else "first_places"
    sample = sample_ratio(*read_plain(connection, ratio, name)[0])
    findable = _findable(experiment, of_both[0])
    return Report(
        experiment,
        sample,
        of_both + (_coverage(connection, name) if is_split else ()),
        tuple(by_group(outcomes)) if is_split else (),
        _random_places(connection, name),
        tuple(Rung(*row) for row in read_plain(connection, "rungs", name)),
        findable,
        verdict(experiment, sample, of_both[0], findable),
    )


def verdict(experiment: Experiment, sample: SampleRatio, likes: Line, findable: float) -> str:
    """One sentence: which version has more likes, or why that cannot be said."""
    if sample.is_alert:
        return f"no verdict: the arms were not divided by chance: {sample.problem}"
    lacking = _lacking(experiment, likes, findable)
    if lacking:
        return f"no verdict yet: {lacking}"
    if likes.difference.low > 0:
        return "the candidate has more likes"
    if likes.difference.high < 0:
        return "the candidate has fewer likes"
    return f"no difference was found, and one of {experiment.difference:.1%} would have been"


def _lacking(experiment: Experiment, likes: Line, findable: float) -> str:
    """Why the experiment cannot find what it is meant to find by now; empty if it can."""
    users = min(likes.control.freedom, likes.candidate.freedom) + 1
    if not users >= FEWEST:
        return f"expected {FEWEST} users or more in each arm"
    if math.isnan(findable):
        return "nothing was liked"
    if findable <= experiment.difference:
        return ""
    return (
        f"by now a difference of {findable:.1%} can be found,"
        f" planned is {experiment.difference:.1%}"
    )


def _metrics(experiment: Experiment) -> tuple[Metric, ...]:
    return METRICS if experiment.kind is Kind.SPLIT else METRICS[:3]


def _findable(experiment: Experiment, likes: Line) -> float:
    unit = likes.control.value if experiment.kind is Kind.SPLIT else LIKES.factor
    return detectable(likes.difference.error) / unit if unit else math.nan


def _coverage(connection: Connection, name: str) -> tuple[Line, ...]:
    ((catalogue,),) = read_plain(connection, "catalogue")
    found = coverage_line(read(connection, "coverage", COVERAGE, name), catalogue)
    return (found,) if found else ()


def _random_places(connection: Connection, name: str) -> dict[str, Snips]:
    rows = read(connection, "random_places", _RANDOM, name)
    found = {}
    for arm, is_candidate in (("control", False), ("candidate", True)):
        own = rows[rows["is_candidate"] == is_candidate]
        if len(own):
            found[arm] = snips(own["liked"], own["propensity"], 1.0, own["number"])
    return found
