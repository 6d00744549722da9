"""From raw rows to what the towers take: dense numbers, and indices of videos."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy.typing as npt
import tensorflow as tf
import tensorflow_transform as tft

from components.transform.preprocessing import DOCUMENTS, ENCODED, MEANS, VARIANCES, VOCABULARIES
from components.transform.raw import Raw, to_graph_inputs
from schema.feature import Feature, Kind, Side, columns
from schema.features import FEATURES, HISTORY_LENGTH, VIDEO_ID, features

__all__ = ["Encoded", "Encoder", "VideoIndex", "encode_age"]


class Encoded(NamedTuple):
    """Rows of one side, as numbers.

    Attributes:
        dense: [batch, width] float32, nothing trainable in it; a video's age comes last.
        videos: user side: [batch, histories, HISTORY_LENGTH] int32, -1 where there is none;
            video side: [batch] int32, the video's own index.
    """

    dense: tf.Tensor
    videos: tf.Tensor


class VideoIndex(tf.Module):
    """Video ids to rows of the item embedding: 0 to size-1, `size` for one newer than the model."""

    def __init__(self, known_videos: Path) -> None:
        """Takes the file of ids, one a line, each at its index; it goes into the SavedModel."""
        super().__init__()
        self.ids = tuple(known_videos.read_text(encoding="utf-8").splitlines())
        self.size = len(self.ids)
        initializer = tf.lookup.TextFileInitializer(
            str(known_videos), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
        )  # fmt: skip
        self._table = tf.lookup.StaticVocabularyTable(initializer, num_oov_buckets=1)

    def __call__(self, ids: tf.Tensor) -> tf.Tensor:
        """Strings of any shape to int32 of that shape; -1 for the empty string."""
        index = tf.cast(self._table.lookup(ids), tf.int32)
        return tf.where(tf.equal(ids, ""), -1, index)


class Encoder(tf.Module):
    """The Transform graph of one side, and the one-hot and several-hot forms of its indices.

    Attributes:
        columns: the name of each dense column: `feature`, or `feature=term` for each term of its
            vocabulary, and `feature=` for those that are in none.
        seen: the rows that are encoded, in the order of the dense columns, without the age.
        terms: the lines of each vocabulary, by the name of its feature.
    """

    def __init__(
        self,
        side: Side,
        graph: tft.TFTransformOutput,
        index: VideoIndex,
        ignored: Collection[str] = (),
    ) -> None:
        """Takes the side's own graph, the index that both share, and kinds that are not to be seen.

        A signature takes the features of those kinds all the same.
        """
        super().__init__()
        self._side = side
        self._rows = features(side, *ENCODED)
        self._ignored = ignored
        self._ages = features(side, Kind.AGE)
        self._mask = features(side, Kind.MASK)
        self._layer = graph.transform_features_layer()
        self._index = index
        self.seen = tuple(row for row in self._rows if row.kind not in ignored)
        self.terms = {
            row.name: tuple(line.decode() for line in graph.vocabulary_by_name(row.name))
            for row in self._rows
            if row.kind in VOCABULARIES
        }
        names = [name for row in self.seen for name in _column_names(row, self.terms)]
        self.columns = (*names, *(row.name for row in self._ages))

    @property
    def known_videos(self) -> int:
        """Number of videos in the index."""
        return self._index.size

    @property
    def known_ids(self) -> tuple[str, ...]:
        """Ids of those videos, in the order of their indices."""
        return self._index.ids

    @property
    def sees_histories(self) -> bool:
        """Whether a user's histories are not ignored."""
        return Kind.HISTORY not in self._ignored

    def fitted(self) -> dict[str, npt.NDArray[Any]]:
        """MEANS, VARIANCES and, on the video's side, DOCUMENTS of the Transform graph."""
        wanted = columns((*self._rows, *self._mask))
        nothing = {c.name: tf.constant([[c.absent]] if c.is_list else [c.absent]) for c in wanted}
        coded = self._layer(to_graph_inputs(nothing, wanted))
        return {
            name: coded[name].numpy()[0] for name in (MEANS, VARIANCES, DOCUMENTS) if name in coded
        }

    def __call__(self, raw: Raw) -> Encoded:
        """Rows in raw form to numbers; a mask's column may be left out."""
        mask = {row.name: tf.ones_like(raw[VIDEO_ID.name], tf.float32) for row in self._mask}
        coded = self._layer(to_graph_inputs({**raw, **mask}, columns((*self._rows, *self._mask))))
        parts = [part for row in self.seen for part in self._dense(row, coded)]
        parts += [encode_age(raw[row.name])[:, tf.newaxis] for row in self._ages]
        return Encoded(tf.concat(parts, axis=1), self._videos(raw))

    def _dense(self, row: Feature, coded: dict[str, tf.Tensor]) -> list[tf.Tensor]:
        """The feature's dense columns, [batch, width of the feature] float32 each."""
        match row.kind:
            case Kind.NUMBER | Kind.LOG_NUMBER:
                return [coded[row.name][:, tf.newaxis]]
            case Kind.TEXT:
                return [coded[row.name]]
            case Kind.CATEGORY:
                return [tf.one_hot(coded[row.name], len(self.terms[row.name]) + 1)]
            case Kind.CATEGORIES:
                return [tf.math.l2_normalize(self._several_hot(row, coded[row.name]), axis=1)]
            case Kind.SHARES:
                keys, counts = (coded[column.name] for column in row.columns)
                return [self._shares(row, keys, counts)]
            case _:
                raise ValueError(f"{row.name}: a feature of kind {row.kind} is not dense")

    def _several_hot(
        self, row: Feature, keys: tf.SparseTensor, weights: tf.Tensor | None = None
    ) -> tf.Tensor:
        """[batch, n] sparse indices to [batch, size + 1] sums of weights."""
        width = len(self.terms[row.name]) + 1
        cells = tf.stack([keys.indices[:, 0], keys.values], axis=1)
        ones = tf.ones_like(keys.values, tf.float32) if weights is None else weights
        shape = tf.stack([keys.dense_shape[0], tf.cast(width, tf.int64)])
        return tf.ensure_shape(tf.scatter_nd(cells, ones, shape), [None, width])

    def _shares(self, row: Feature, keys: tf.SparseTensor, counts: tf.SparseTensor) -> tf.Tensor:
        """[batch, n] sparse keys and counts to [batch, size + 1] shares with Laplace smoothing."""
        dense = self._several_hot(row, keys, counts.values) + 1.0
        return dense / tf.reduce_sum(dense, axis=1, keepdims=True)

    def _videos(self, raw: Raw) -> tf.Tensor:
        """`Encoded.videos`: [batch] on the video's side, [batch, histories, n] on the user's."""
        if self._side is Side.VIDEO:
            return self._index(raw[VIDEO_ID.name])
        histories = [_fixed(raw[row.name]) for row in features(Side.USER, Kind.HISTORY)]
        videos = self._index(tf.stack(histories, axis=1))
        return videos if self.sees_histories else -tf.ones_like(videos)


def encode_age(days: tf.Tensor) -> tf.Tensor:
    """Days of any shape to 0 (new) to 1 (a century) on a log scale; the middle if unknown.

    Nothing in it is fitted: the age of the same video differs from pair to pair, and the fit
    encodes it outside the Transform graph.
    """
    (row,) = (row for row in FEATURES if row.kind is Kind.AGE)
    high = tf.constant(row.high, tf.float32)
    share = tf.math.log1p(tf.clip_by_value(days, 0.0, high)) / tf.math.log1p(high)
    return tf.where(days >= 0, share, 0.5)


def _column_names(row: Feature, vocabularies: Mapping[str, tuple[str, ...]]) -> list[str]:
    """In the order of `Encoder._dense`."""
    if row.kind in {Kind.NUMBER, Kind.LOG_NUMBER}:
        return [row.name]
    terms = vocabularies[row.name]
    if row.kind is Kind.TEXT:  # its file has lines of `count term`, and its columns no unknown
        known = [f"{row.name}={term.partition(' ')[2]}" for term in terms]
        return [*known, *(f"{row.name} {free}" for free in range((row.limit or 0) - len(known)))]
    return [f"{row.name}={term}" for term in (*terms, "")]


def _fixed(ids: tf.Tensor) -> tf.Tensor:
    """[batch, n] to [batch, HISTORY_LENGTH], cut or padded."""
    cut = ids[:, :HISTORY_LENGTH]
    padded = tf.pad(cut, [[0, 0], [0, HISTORY_LENGTH - tf.shape(cut)[1]]], constant_values="")
    return tf.ensure_shape(padded, [None, HISTORY_LENGTH])
