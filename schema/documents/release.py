"""The record of a release fit: whether it is released, and the checks that decided."""

from __future__ import annotations

from pydantic import Field

from schema.documents import Document

__all__ = ["Check", "ReleaseRecord"]


class Check(Document):
    """One condition on the released model.

    Attributes:
        name: of the quantity.
        expected: the bound, in words.
        got: the value, in words.
        passed: whether the bound holds.
    """

    name: str
    expected: str
    got: str
    passed: bool


class ReleaseRecord(Document):
    """Record of the released model.

    Attributes:
        refitted: whether it was fitted on everything; else it is the candidate.
        reason: why it is the candidate; empty where it was refitted.
        checks: of the refitted model; none where there was no fit.
        history: one value an epoch for each loss of the fit.
    """

    refitted: bool
    reason: str
    checks: list[Check]
    history: dict[str, list[float]] = Field(default_factory=dict)
