"""Every number of model and fit, with the owner's as defaults."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

__all__ = ["TrainSettings"]


@dataclass(frozen=True)
class TrainSettings:
    """Hyper-parameters.

    Attributes:
        hidden: widths of the ReLU layers of each tower.
        dropout: after each of them.
        item_dimension: width of the item embedding that histories and videos share.
        unknown_rate: share of videos shown to the tower as unknown, so that a new one means
            something.
        pair_weight: of the sigmoid loss on 1:2 pairs.
        retrieval_weight: of the softmax over the batch's liked videos.
        temperature: of that softmax; divides the cosine.
        batch_size: rows, each a user at a moment.
        epochs: at most.
        epoch_share: share of the moments in one epoch, drawn anew for each; a user's moments
            are much alike, and shorter epochs let the fit stop sooner.
        epoch_least: moments in one epoch where that share would be fewer.
        patience: epochs without a better validation AUC-PR before the fit stops.
        min_delta: a smaller rise of it does not count as better.
        learning_rate: Adam's first.
        seed: of weights, shuffling and dropout.
    """

    hidden: tuple[int, ...] = (512, 256)
    dropout: float = 0.3
    item_dimension: int = 64
    unknown_rate: float = 0.1
    pair_weight: float = 1.0
    retrieval_weight: float = 0.1
    temperature: float = 0.1
    batch_size: int = 512
    epochs: int = 50
    epoch_share: float = 0.25
    epoch_least: int = 16_384
    patience: int = 2
    min_delta: float = 0.003
    learning_rate: float = 2e-3
    seed: int = 7

    def moments_per_epoch(self, moments: int) -> int:
        """How many of so many moments one epoch draws."""
        return max(round(self.epoch_share * moments), min(self.epoch_least, moments))

    def to_json(self) -> str:
        """For an execution property."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TrainSettings:
        """The value whose `to_json` gave `text`."""
        fields = json.loads(text)
        return cls(**{**fields, "hidden": tuple(fields["hidden"])})
