"""The catalogue as the fit holds it: every video once, its content sparse, the known ones first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy import sparse

from components.trainer.inputs.encoder import Encoder
from components.transform.raw import parse_raw
from schema.arrays import Float32
from schema.example_columns import DECIDED, RANKED_ID
from schema.feature import Side, columns
from schema.features import VIDEO_ID, features

__all__ = ["Catalogue", "load_catalogue", "write_known_videos"]

EXAMPLES_PER_BATCH = 1024


class Catalogue:
    """Every video, encoded; a row below `known` is that video's index in the model.

    Args:
        ids: [size] UUIDs as bytes.
        encoded: [size, width + 1] content, then the age as of the catalogue's moment.
        known: videos that the model has a vector of its own for, the first ones.

    Attributes:
        size: all videos.
        width: of the content.
        ages: [size] float32, encoded.
        content: [size, width] sparse.
        known_content: its first rows, [known, width].
    """

    def __init__(
        self, ids: npt.NDArray[np.object_], encoded: sparse.csr_matrix | Float32, known: int
    ) -> None:
        self.ids, self.known = ids, known
        encoded = sparse.csr_matrix(encoded)
        self.size, self.width = len(ids), encoded.shape[1] - 1
        self.ages = tf.constant(encoded[:, -1].toarray()[:, 0])
        content = encoded[:, :-1]
        values, lengths = content.data, np.diff(content.indptr).astype(np.int64)
        rows = np.repeat(np.arange(self.size), lengths)
        cells = np.stack([rows, content.indices], axis=1).astype(np.int64)
        self._cells = tf.RaggedTensor.from_row_lengths(cells[:, 1], lengths)
        self._values = tf.RaggedTensor.from_row_lengths(values, lengths)
        self.content, self.known_content = (
            tf.SparseTensor(cells[:count], values[:count], [rows, self.width])
            for rows, count in ((self.size, len(cells)), (known, lengths[:known].sum()))
        )
        initializer = tf.lookup.KeyValueTensorInitializer(
            tf.constant(list(ids), tf.string), tf.range(self.size)
        )
        self._rows = tf.lookup.StaticHashTable(initializer, default_value=-1)

    def known_matrix(self) -> sparse.csr_matrix:
        """[known, width], for NumPy."""
        content = self.known_content
        rows, columns = content.indices.numpy().T
        return sparse.csr_matrix((content.values.numpy(), (rows, columns)), content.shape)

    def rows(self, ids: tf.Tensor) -> tf.Tensor:
        """Ids of any shape to int32 rows; -1 for none and for a video not in the catalogue."""
        return self._rows.lookup(ids)

    def content_of(self, rows: tf.Tensor) -> tf.SparseTensor:
        """[n] rows to [n, width]."""
        cells, values = tf.gather(self._cells, rows), tf.gather(self._values, rows)
        where = tf.stack([cells.value_rowids(), cells.flat_values], axis=1)
        return tf.SparseTensor(where, values.flat_values, [tf.size(rows, tf.int64), self.width])


def write_known_videos(popularity: Sequence[str], path: Path) -> list[str]:
    """The ids of the videos that somebody had decided on before the eval window, one a line.

    A vector of its own means something only where a decision has shaped it.

    Returns:
        The ids, in their order.
    """
    known: list[str] = []
    for serialized in _records(popularity):
        raw = parse_raw(serialized, columns((RANKED_ID, DECIDED)))
        decided = tf.boolean_mask(raw[RANKED_ID.name], raw[DECIDED.name] > 0)
        known += [video.decode() for video in decided.numpy()]
    path.write_text("".join(f"{video}\n" for video in known))
    return known


def load_catalogue(files: Sequence[str], encoder: Encoder) -> Catalogue:
    """Reads and encodes every video; those that the encoder's index knows come first.

    A batch is made sparse before the next one: of some two thousand columns, a video fills forty.
    """
    wanted = columns(features(Side.VIDEO))

    @tf.function
    def encode(serialized: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        raw = parse_raw(serialized, wanted)
        return raw[VIDEO_ID.name], *encoder(raw)

    parts = [
        (own, sparse.csr_matrix(dense), places)
        for own, dense, places in _records(files).map(encode, 2).as_numpy_iterator()
    ]
    all_ids, rows, all_places = zip(*parts, strict=True)
    ids, index = np.concatenate(all_ids), np.concatenate(all_places)
    order = np.argsort(index, kind="stable")
    encoded = sparse.vstack(rows, format="csr")[order]
    return Catalogue(ids[order], encoded, int((index < encoder.known_videos).sum()))


def _records(files: Sequence[str]) -> tf.data.Dataset:
    return tf.data.TFRecordDataset(sorted(files), "GZIP").batch(EXAMPLES_PER_BATCH)
