"""Users whose rankings the fit is judged by: as of a moment, with what they liked after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from components import ranking_metrics
from components.trainer.inputs.catalogue import Catalogue
from components.trainer.inputs.encoder import Encoded, Encoder
from components.trainer.inputs.moments import encoded_rows, evenly
from components.trainer.model.two_tower import TwoTower
from components.user_groups import members
from schema.arrays import Float32, Float64, Int32, Int64
from schema.example_columns import RELEVANT, SEEN

__all__ = ["RankingRows", "load_ranking_rows"]

K = 10


class RankingRows:
    """Users as of a moment of their own, with the videos seen before it and liked after it.

    Args:
        dense: [users, width].
        histories: [users, histories, n].
        seen: per user, rows of the catalogue.
        relevant: per user, rows of the catalogue, at least one.
    """

    def __init__(
        self,
        dense: Float32,
        histories: Int32,
        seen: Sequence[Int64],
        relevant: Sequence[Int64],
    ) -> None:
        self.dense, self.histories = dense, histories
        self.seen, self.relevant = list(seen), list(relevant)
        self.decided = (histories >= 0).sum(axis=(1, 2))

    def __add__(self, other: RankingRows) -> RankingRows:
        """Both together; histories are of one width."""
        return RankingRows(
            np.concatenate([self.dense, other.dense]),
            np.concatenate([self.histories, other.histories]),
            self.seen + other.seen,
            self.relevant + other.relevant,
        )

    def __len__(self) -> int:
        """How many users."""
        return len(self.relevant)

    @property
    def groups(self) -> dict[str, npt.NDArray[np.bool_]]:
        """The [users] mask of each group that has a user, by its label."""
        return dict(members(self.decided))

    def ndcg(self, model: TwoTower) -> Float64:
        """[users] NDCG@10 over the full catalogue."""
        users = model.embed_users(Encoded(self.dense, self.histories)).numpy()
        top = ranking_metrics.top_k(users, model.embed_catalogue().numpy(), self.seen, K)
        liked = np.array([len(rows) for rows in self.relevant])
        return ranking_metrics.ndcg(ranking_metrics.hits(top, self.relevant), liked, K)


def load_ranking_rows(
    files: Sequence[str], encoder: Encoder, catalogue: Catalogue, most: int
) -> RankingRows | None:
    """Up to `most` evenly chosen users; None where nobody liked anything in the window."""
    if not any(True for _ in tf.data.TFRecordDataset(sorted(files), "GZIP").take(1)):
        return None
    rows = encoded_rows(files, encoder, (SEEN, RELEVANT))
    chosen = evenly(len(rows["dense"]), most)
    places = {
        name: catalogue.rows(tf.constant(rows[name][chosen])).numpy().astype(np.int64)
        for name in (SEEN.name, RELEVANT.name)
    }
    seen, relevant = ([own[own >= 0] for own in places[f.name]] for f in (SEEN, RELEVANT))
    judged = [
        user for user, own in enumerate(relevant) if len(own)
    ]  # the liked videos of the others are no longer there
    if not judged:
        return None
    return RankingRows(
        rows["dense"][chosen][judged],
        rows["histories"][chosen][judged],
        [seen[user] for user in judged],
        [relevant[user] for user in judged],
    )
