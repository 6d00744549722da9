"""The arm of a user: that of the first exposure, else the bucket's."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from releases.experiments.buckets import CANDIDATE, CONTROL, arm_of_bucket, bucket_of
from releases.experiments.registry import Experiment, Kind
from schema.database import Connection

__all__ = ["INTERLEAVED", "Arm", "assign"]

INTERLEAVED = "interleaved"


class Arm(NamedTuple):
    """What a user gets.

    Attributes:
        name: `control`, `candidate`, or `interleaved` for both in one list.
        version: the version that answers; if interleaved, the control's, which alone answers
            where the candidate cannot.
    """

    name: str
    version: str


def assign(connection: Connection, experiment: Experiment, user_id: str) -> Arm:
    """The user's arm. Nothing is written: `log_exposures` keeps the arm that was shown first.

    Args:
        connection: may be read-only.
        experiment: of `running`.
        user_id: UUID as text.

    Raises:
        ValueError: for an id that is not a UUID.
    """
    key = str(UUID(user_id))
    if experiment.kind is Kind.INTERLEAVING:
        return Arm(INTERLEAVED, experiment.control)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT arm FROM two_tower.assignments WHERE experiment = %s AND user_id = %s",
            (experiment.name, key),
        )
        kept = cursor.fetchone()
    name = kept[0] if kept else arm_of_bucket(bucket_of(experiment.salt, key), experiment.share)
    return Arm(name, {CONTROL: experiment.control, CANDIDATE: experiment.candidate}[name])
