"""The checks of a staged version, and the outcome of its release."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schema.documents import Document
from schema.documents.release import Check

__all__ = ["OutcomeKind", "ReleaseChecks", "ReleaseOutcome"]

OutcomeKind = Literal["released", "unchanged", "refused", "failed"]


class ReleaseChecks(Document):
    """What EmbeddingCheck found.

    Attributes:
        version: the staged version; empty where a gate refused the model.
        checks: in the order in which they were made; empty where a gate refused the model.
    """

    version: str
    checks: list[Check]

    @property
    def failed(self) -> list[str]:
        """One line for each check that did not pass."""
        return [
            f"{c.name}: expected {c.expected}, got {c.got}" for c in self.checks if not c.passed
        ]


class ReleaseOutcome(Document):
    """What the release came to.

    Attributes:
        outcome: `released`: the version went live; `unchanged`: it was live already; `refused`: a
            gate said no; `failed`: a check or the release itself did.
        version: the candidate's version.
        live: the version that is live afterwards; empty if none is.
        previous: the one before; empty if there was none.
        reason: why it was not released; else empty.
        mirrored: rows written to the application's tables.
        seconds: of the switch.
        checks: of the staged version.
    """

    outcome: OutcomeKind
    version: str
    live: str
    previous: str = ""
    reason: str = ""
    mirrored: int = 0
    seconds: float = 0.0
    checks: list[Check] = Field(default_factory=list)
