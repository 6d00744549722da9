"""The time windows of a run: train, then valid, then eval, half-open and in UTC."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import psycopg2.extensions

from schema.errors import DataError
from schema.row_rules import valid_relations

__all__ = ["TimeWindows", "WindowRule", "resolve_windows"]

RESOLUTION = timedelta(microseconds=1)
"""Resolution of timestamptz: a window that ends this long after a decision contains it."""


@dataclass(frozen=True)
class WindowRule:
    """Rule that cuts time into windows: by shares of the decisions, or at given moments.

    Attributes:
        valid_fraction: share of all decisions in the valid window.
        eval_fraction: share of all decisions in the eval window, the newest.
        moments: train_end, valid_end and eval_end as ISO 8601 with a zone; overrides the shares.
        since: ISO 8601 with a zone; the begin of train. Empty: the first decision.
    """

    valid_fraction: float = 0.1
    eval_fraction: float = 0.1
    moments: tuple[str, str, str] | None = None
    since: str = ""

    def __post_init__(self) -> None:
        """Refuse shares that leave no train window."""
        shares = (self.valid_fraction, self.eval_fraction)
        if min(shares) <= 0 or sum(shares) >= 1:
            raise DataError(
                "valid_fraction and eval_fraction above 0 and below 1 together",
                f"{self.valid_fraction} and {self.eval_fraction}",
                "change them in pipeline/settings.py or in the environment",
            )

    def to_json(self) -> str:
        """The rule as JSON, for an execution property."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> WindowRule:
        """Inverse of `to_json`."""
        fields = json.loads(text)
        return cls(**{**fields, "moments": fields["moments"] and tuple(fields["moments"])})


@dataclass(frozen=True)
class TimeWindows:
    """Train is [-infinity, train_end), valid [train_end, valid_end), eval [valid_end, eval_end).

    Videos and decisions at or after `eval_end` are ignored. If `since` is given, train is
    [since, train_end), while the features at a moment still use the whole past.
    """

    train_end: datetime
    valid_end: datetime
    eval_end: datetime
    since: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse windows that do not follow each other, and moments without a zone."""
        if any(at.tzinfo is None for at in self._given().values()):
            raise DataError(
                "moments with a zone, such as 2026-01-31T00:00:00+00:00", "one without", "add it"
            )
        if not self.train_end < self.valid_end < self.eval_end:
            raise DataError(
                "train_end < valid_end < eval_end",
                ", ".join(self.as_texts().values()),
                "widen the windows, or wait for more decisions",
            )
        if self.since and not self.since < self.train_end:
            raise DataError(
                f"SINCE before the end of train, {self.train_end.isoformat()}",
                self.since.isoformat(),
                "take an earlier one, or wait for more decisions",
            )

    def bounds(self, split: str) -> tuple[str, str]:
        """[since, until) of a split as SQL timestamps; `all` is everything before eval_end.

        `release` begins where eval ends: what is known before it is known to the released model.
        """
        texts = self.as_texts()
        return {
            "all": ("-infinity", texts["eval_end"]),
            "train": (texts.get("since", "-infinity"), texts["train_end"]),
            "valid": (texts["train_end"], texts["valid_end"]),
            "eval": (texts["valid_end"], texts["eval_end"]),
            "release": (texts["eval_end"], texts["eval_end"]),
        }[split]

    def as_texts(self) -> dict[str, str]:
        """The three moments, and `since` if it is given, by name as ISO 8601 in UTC."""
        return {name: at.astimezone(UTC).isoformat() for name, at in self._given().items()}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> TimeWindows:
        """Inverse of `as_texts`."""
        return cls(**{name: datetime.fromisoformat(text) for name, text in texts.items()})

    def _given(self) -> dict[str, datetime]:
        return {name: at for name, at in asdict(self).items() if at is not None}


def resolve_windows(
    connection: psycopg2.extensions.connection,
    rule: WindowRule,
    without_key: Collection[str] = (),
) -> TimeWindows:
    """The windows by `rule` on this database now.

    An end of eval in the future is moved to just after the newest decision, so that decisions made
    during the run belong to the next run.

    Raises:
        DataError: if the windows are empty or out of order.
    """
    since = datetime.fromisoformat(rule.since) if rule.since else None
    if rule.moments:
        train_end, valid_end, eval_end = map(datetime.fromisoformat, rule.moments)
        if eval_end.tzinfo and eval_end > datetime.now(UTC):
            _, last = _cuts(connection, rule, without_key)
            eval_end = last + RESOLUTION
        return TimeWindows(train_end, valid_end, eval_end, since)
    (train_end, valid_end), last = _cuts(connection, rule, without_key)
    return TimeWindows(train_end, valid_end, last + RESOLUTION, since)


def _cuts(
    connection: psycopg2.extensions.connection, rule: WindowRule, without_key: Collection[str]
) -> tuple[list[datetime], datetime]:
    """Cuts by the shares of the decisions.

    Returns:
        The ends of train and valid, and the moment of the newest decision.
    """
    before_eval = 1 - rule.eval_fraction
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {valid_relations(without_key=without_key)}"
            " SELECT percentile_disc(%s) WITHIN GROUP (ORDER BY decided_at), max(decided_at)"
            " FROM user_video_decisions",
            ([before_eval - rule.valid_fraction, before_eval],),
        )
        cuts, last = cursor.fetchone() or (None, None)
    if last is None:
        raise DataError("decisions to train on", "none", "fill user_video_decisions")
    return cuts, last
