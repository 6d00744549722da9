"""The index of reviews: one line for each version that has pages, the newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AliasPath, BaseModel, Field

from components.model_review.drawing import moment, template
from components.model_review.reviews import dashboards_in, folder_of, replace, versions_in

__all__ = ["write_index"]

WORDS = {
    "released": "went live", "unchanged": "was live before", "refused": "refused by a gate",
    "failed": "passed, but its release failed",
}  # fmt: skip


class _Line(BaseModel):
    """Of a version's review.json, in the form of any release."""

    version: str
    blessed: Annotated[bool, Field(validation_alias=AliasPath("verdict", "blessed"))]
    outcome: Annotated[str, Field("", validation_alias=AliasPath("outcome", "outcome"))]
    auc_pr: Annotated[
        float | None, Field(None, validation_alias=AliasPath("candidate", "overall", "auc_pr"))
    ]
    random: Annotated[
        float | None, Field(None, validation_alias=AliasPath("candidate", "overall", "prevalence"))
    ]
    ndcg: Annotated[
        float | None,
        Field(
            None, validation_alias=AliasPath("ranking", "models", "candidate", "ndcg@10", "mean")
        ),
    ]

    @property
    def verdict(self) -> str:
        """What came of it in its own run."""
        usual = "passed both gates" if self.blessed else WORDS["refused"]
        return WORDS.get(self.outcome, usual)

    @property
    def passed(self) -> bool:
        return self.blessed and self.outcome != "failed"

    @property
    def trained(self) -> str:
        return moment(self.version)


def write_index(reviews: Path) -> Path:
    """Writes `index.html` of the folder.

    Returns:
        the file.
    """
    files = (folder_of(reviews, version) / "review.json" for version in versions_in(reviews))
    found = [file for file in files if file.exists()]
    lines = [(_Line.model_validate_json(f.read_bytes()), dashboards_in(f.parent)) for f in found]
    index = reviews / "index.html"
    replace(index, template("index.html").render(lines=lines, figure=_figure))
    return index


def _figure(number: float | None) -> str:
    return "n/a" if number is None else f"{number:.3f}"
