"""What is kept of a TFMA evaluation: `evaluation.json` beside the pages of a version."""

from __future__ import annotations

from typing import Any

from schema.documents import Document

__all__ = ["Evaluation"]


class Evaluation(Document):
    """The candidate's metrics.

    Attributes:
        version: the candidate's version.
        window: begin and end of the eval window, ISO 8601 in UTC.
        metrics: TFMA's values by the slice's name and the metric's, such as {"doubleValue": 0.5}.
    """

    version: str
    window: tuple[str, str]
    metrics: dict[str, dict[str, dict[str, Any]]]
