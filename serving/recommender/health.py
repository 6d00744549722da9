"""Health of the recommender and of what it stands on."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Health"]


@dataclass(frozen=True)
class Health:
    """One look.

    Attributes:
        dependencies: by name (`database`, `model server`, `index`): empty if it works, else what
            is wrong, in one line.
        live_version: the version that is live; empty if none is known.
        live_age_s: seconds since it went live.
        index_videos: videos in the process's copy of its vectors.
        without_vector: rows without a vector of it, by side, as of the last minute; 1,000 are as
            many as are counted.
    """

    dependencies: dict[str, str]
    live_version: str
    live_age_s: float
    index_videos: int
    without_vector: dict[str, int] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether answers can be of the model: nothing is wrong."""
        return not any(self.dependencies.values())
