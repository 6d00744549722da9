"""Every number of model and fit, with the owner's as defaults."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

__all__ = ["TrainSettings"]


@dataclass(frozen=True)
class TrainSettings:
    """Hyper-parameters; `make ablation` says what the main ones are worth.

    Attributes:
        hidden: widths of the ReLU layers of each tower.
        dropout: after each of them.
        item_dimension: width of the item vectors that histories and videos share.
        direct: whether item vectors also go past the layers, straight to the embedding.
        closed_form: whether the fit begins with `start.py`'s item vectors, not with random ones.
        history_decay: the video at rank r of a history weighs exp(-r / history_decay).
        level: of the constant part of a video's vector (`towers.py`), for each of its values.
        history_dropout: at most this share of a history is left out while training.
        unknown_rate: share of videos shown to the tower as unknown, so that a new one means
            something.
        scale_and_bias: whether the sigmoid's scale and bias are learned.
        pair_weight: of the sigmoid loss on 1:2 pairs.
        retrieval_weight: of the softmax over candidates; 0 leaves it out.
        temperature: of that softmax; divides the cosine.
        targets: liked videos drawn for each moment in each epoch.
        softmax_candidates: the whole catalogue where it is no larger, else so many drawn.
        sampling_correction: whether drawn candidates are weighed by how often they are drawn.
        hard_negatives: the softmax's only negatives are so many of the highest score; 0: all.
        batch_size: moments.
        moments_per_user: drawn for each user in each epoch.
        epoch_least: moments in one epoch at least, so that few users are asked more often.
        epoch_most: moments in one epoch at most.
        valid_rows: rows of the valid window that val_auc_pr is read from, at most.
        valid_users: users of the valid window that the ranking is read from, at most.
        epochs: at most.
        patience: epochs without a better valid window (`validation.py`) before the fit stops.
        learning_rate: the optimiser's first.
        weight_decay: 0 is Adam, more is AdamW.
        ignored: kinds of features (schema/features.py) that the towers do not see, as "text".
        seed: of weights, shuffling and dropout.
    """

    hidden: tuple[int, ...] = (512, 256)
    dropout: float = 0.3
    item_dimension: int = 128
    direct: bool = True
    closed_form: bool = True
    history_decay: float = 15.0
    level: float = 0.3
    history_dropout: float = 0.3
    unknown_rate: float = 0.1
    scale_and_bias: bool = True
    pair_weight: float = 3.0
    retrieval_weight: float = 1.0
    temperature: float = 0.25
    targets: int = 30
    softmax_candidates: int = 4096
    sampling_correction: bool = True
    hard_negatives: int = 0
    batch_size: int = 512
    moments_per_user: int = 8
    epoch_least: int = 2_048
    epoch_most: int = 16_384
    valid_rows: int = 1024
    valid_users: int = 2048
    epochs: int = 50
    patience: int = 3
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    ignored: tuple[str, ...] = ()
    seed: int = 7

    def moments_of_each(self, users: int) -> int:
        """How many moments of each of so many users one epoch draws."""
        return max(self.moments_per_user, -(-self.epoch_least // users))

    def to_json(self) -> str:
        """For an execution property."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> TrainSettings:
        """The value whose `to_json` gave `text`."""
        fields = json.loads(text)
        lists = {name: tuple(fields[name]) for name in ("hidden", "ignored")}
        return cls(**{**fields, **lists})
