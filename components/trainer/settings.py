"""Hyper-parameters of model and fit; the specified ones are the defaults."""

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
        item_dimension: width of an item embedding, trained or of what is liked together.
        exposure_dimension: width of the closed form's part on what is decided on together.
        use_shortcut: whether item embeddings are also added to the output past the layers.
        closed_form: whether there is a part in closed form (`model/closed_part.py`), from which the
            trained item embeddings begin; else they begin at random.
        history_decay: the video at rank r of a history weighs exp(-r / history_decay).
        exposure_share: and in the exposure of n videos exp(-r / (exposure_share * n)).
        learned_length: of the learned part of a video's vector before it is normalised; the two
            parts in closed form have a root mean square length of 10 each.
        constant_component: of the learned part beyond the item embedding (`model/towers.py`).
        history_dropout: largest share of a history that is left out while training.
        unknown_rate: share of videos trained as unknown, for the embedding of new ones.
        scale_and_bias: whether the sigmoid's scale and bias are learned.
        pair_weight: of the sigmoid loss on 1:2 pairs.
        retrieval_weight: of the softmax over videos; 0 leaves it out.
        temperature: of that softmax; divides the cosine.
        targets: liked videos drawn for each moment in each epoch.
        softmax_videos: videos sampled for the softmax; a catalogue no larger is taken whole.
        sampling_correction: whether logits of sampled videos are corrected by logQ.
        hard_negatives: number of highest-scored negatives that the softmax keeps; 0: all.
        batch_size: moments.
        moments_per_user: drawn for each user in each epoch.
        epoch_least: fewest moments of an epoch; with few users each is drawn more often.
        epoch_most: most moments of an epoch.
        valid_rows: most rows of the valid window for val_auc_pr.
        valid_users: most users of the valid window for the ranking.
        epochs: of the fit; 0 for the closed form alone.
        learning_rate: the first epoch's; it falls to 0 in equal steps.
        weight_decay: 0 is Adam, more is AdamW.
        ignored: kinds of features (schema/features.py) hidden from the towers, such as "text".
        seed: of weights, shuffling and dropout.
    """

    hidden: tuple[int, ...] = (512, 256)
    dropout: float = 0.3
    item_dimension: int = 128
    exposure_dimension: int = 256
    use_shortcut: bool = True
    closed_form: bool = True
    history_decay: float = 15.0
    exposure_share: float = 0.2
    learned_length: float = 25.0
    constant_component: float = 0.3
    history_dropout: float = 0.3
    unknown_rate: float = 0.1
    scale_and_bias: bool = True
    pair_weight: float = 3.0
    retrieval_weight: float = 1.0
    temperature: float = 0.25
    targets: int = 30
    softmax_videos: int = 4096
    sampling_correction: bool = True
    hard_negatives: int = 0
    batch_size: int = 512
    moments_per_user: int = 8
    epoch_least: int = 2_048
    epoch_most: int = 65_536
    valid_rows: int = 1024
    valid_users: int = 2048
    epochs: int = 10
    learning_rate: float = 3e-3
    weight_decay: float = 0.0
    ignored: tuple[str, ...] = ()
    seed: int = 7

    @property
    def closed_dimension(self) -> int:
        """How many components of an embedding are the closed form's, the first ones."""
        wanted = self.use_shortcut and self.closed_form
        return self.item_dimension + self.exposure_dimension if wanted else 0

    def moments_of_each(self, users: int) -> int:
        """Moments drawn for each of `users` users in one epoch."""
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
