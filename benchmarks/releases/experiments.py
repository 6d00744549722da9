"""`make bench-ab`: how often an experiment's report is right where the truth is known.

Prints one table, in Markdown, for docs/experiments.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.machine import facts
from benchmarks.releases.simulation import (
    Random,
    arms,
    credited,
    random_places,
    shown,
    users,
)
from benchmarks.table import head, row
from releases.experiments.coverage import coverage
from releases.experiments.estimates import Estimate, detectable
from releases.experiments.metrics import LIKES, METRICS, Metric, line, preference
from releases.experiments.sample_ratio import sample_ratio
from releases.experiments.snips import snips
from schema.arrays import Float64

__all__ = ["Line", "main", "measure"]

USERS = 1_000
CROWD = 10_000
"""Users of an experiment whose sample ratio is checked."""
DAYS, A_DAY, PLANNED = 28, 200, 0.1
"""Users a day, and the planned difference; it can be found after some 24 days."""
VIDEOS, DRAWN = 400, 100
"""Of the catalogue; users by whom coverage is counted."""


class Line(NamedTuple):
    """A figure of simulated experiments beside its limit."""

    what: str
    measured: str
    limit: str


def main() -> None:
    """Prints the table; `--times 10000` makes it ten times as sharp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1_000, help="experiments of each line")
    lines = measure(parser.parse_args().times)
    sys.stdout.write("\n".join([head(Line._fields), *map(row, lines)]) + "\n")
    sys.stdout.write(f"\n{facts()}\n")


def measure(times: int = 1_000, seed: int = 1) -> Iterator[Line]:
    """The lines, each by `times` simulated experiments."""
    random = np.random.default_rng(seed)
    yield _share("two arms alike: false alarms at 95 %", _alarms(random, times), "4 to 6 %")
    yield _share("the same by dwell", _alarms(random, times, METRICS[3]), "4 to 6 %")
    yield _share(
        "the same, share changed half-way from 10 to 50 %", _ramped(random, times), "4 to 6 %"
    )
    daily = [_read_daily(random) for _ in range(times)]
    yield _share(
        "the same, read on each of 28 days until the verdict", [v for v, _ in daily], "4 to 6 %"
    )
    yield _share("the same, until an interval leaves out 0", [i for _, i in daily], "-")
    yield _share("a difference that can be found with 80 %: found", _found(random, times), "80 %")
    yield _share("interleaved, lists alike: false alarms", _preferred(random, times), "4 to 6 %")
    yield from _ratios(random, times)
    yield _share("SNIPS: the interval holds the truth", _snips(random, times), "93 to 97 %")
    yield _share("coverage: the interval holds the truth", _coverage(random, times), "93 to 97 %")


def _share(what: str, hits: list[bool], limit: str) -> Line:
    return Line(what, f"{np.mean(hits):.1%} of {len(hits):,}", limit)


def _outside(estimate: Estimate, truth: float) -> bool:
    return not estimate.low <= truth <= estimate.high


def _alarms(random: Random, times: int, metric: Metric = LIKES) -> list[bool]:
    found = []
    for number in range(times):
        outcomes = users(random, arms(random, USERS, f"salt {number}"), 2.0)
        found.append(_outside(line(metric, outcomes).difference, 0))
    return found


def _read_daily(random: Random) -> tuple[bool, bool]:
    """Whether the first verdict is a false alarm, and whether some day's interval is one."""
    outcomes = users(random, random.integers(0, 2, DAYS * A_DAY), 2.0)
    read = [line(LIKES, outcomes[: day * A_DAY]) for day in range(1, DAYS + 1)]
    able = (r for r in read if detectable(r.difference.error) <= PLANNED * r.control.value)
    verdict = next(able, None)
    alarms = [_outside(one.difference, 0) for one in read]
    return verdict is not None and _outside(verdict.difference, 0), any(alarms)


def _ramped(random: Random, times: int) -> list[bool]:
    """The first half of the users comes at a share of 10 % and likes less by a half."""
    early = np.arange(USERS) < USERS // 2
    share = np.where(early, 0.1, 0.5)
    found = []
    for _ in range(times):
        arm = (random.random(USERS) < share).astype(np.int64)
        outcomes = users(random, arm, 1 / np.where(arm, share, 1 - share))
        outcomes["likes"] = random.binomial(outcomes["likes"].astype(int), np.where(early, 0.5, 1))
        found.append(_outside(line(LIKES, outcomes).difference, 0))
    return found


def _found(random: Random, times: int) -> list[bool]:
    """The gain is what the arms' error promises, by the error of one large experiment."""
    of_arm = np.arange(CROWD) % 2
    large = line(LIKES, users(random, np.tile(of_arm, 100), 2.0))
    gain = detectable(large.difference.error * np.sqrt(100)) / large.control.value
    experiments = (line(LIKES, users(random, of_arm, 2.0, gain)) for _ in range(times))
    return [one.difference.low > 0 for one in experiments]


def _preferred(random: Random, times: int) -> list[bool]:
    return [_outside(preference(LIKES, credited(random, 100)).difference, 0) for _ in range(times)]


def _ratios(random: Random, times: int) -> Iterator[Line]:
    fair = [_alert(int(random.binomial(CROWD, 0.5))) for _ in range(times)]
    yield _share(f"{CROWD:,} users, right ratio: alerts", fair, "0.1 %")
    moved = [_alert(int(random.binomial(CROWD, 0.5)) + 200, 200) for _ in range(times)]
    yield _share("the same, 2 points moved to the other arm: found", moved, "100 %")
    p = sample_ratio(CROWD * 48 // 100, CROWD * 52 // 100, CROWD / 2, CROWD / 4).p
    yield Line("the same, 52 to 48 counted", f"p = {p:.1g}", "below 0.001")
    for users_in_all in (CROWD, 2 * CROWD):
        lost = [_alert(int(random.binomial(users_in_all, 0.52)), 0, users_in_all)
                for _ in range(times)]  # fmt: skip
        yield _share(
            f"{users_in_all:,} users, one arm loses some until it is 52 to 48: found", lost, "-"
        )


def _alert(candidate: int, elsewhere: int = 0, count: int = CROWD) -> bool:
    return sample_ratio(count - candidate, candidate, count / 2, count / 4, elsewhere).is_alert


def _snips(random: Random, times: int) -> list[bool]:
    found = []
    for _ in range(times):
        rewards, propensities, of_user = random_places(random, 300)
        found.append(not _outside(snips(rewards, propensities, 0.1, of_user).reward, 0.3))
    return found


def _coverage(random: Random, times: int) -> list[bool]:
    popularity = 1 / np.arange(1, VIDEOS + 1)
    popularity /= popularity.sum()
    truth = _expected_coverage(popularity)
    estimates = (coverage(shown(random, 3 * DRAWN, popularity), DRAWN) for _ in range(times))
    return [not _outside(estimate, truth) for estimate in estimates]


def _expected_coverage(popularity: Float64) -> float:
    """A video is missed by a user of n draws with (1 - p)^n, n being 1 to 20."""
    missed = np.mean([(1 - popularity) ** draws for draws in range(1, 21)], axis=0)
    return float((1 - missed**DRAWN).sum())


if __name__ == "__main__":
    main()
