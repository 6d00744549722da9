"""A user's raw features to the input of the user tower, in NumPy, by the files alone.

The edge function does the same in TypeScript (serving/supabase/). Both are compared with the
SavedModel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from components.edge_check.edge_files import EdgeFiles
from schema.arrays import Float32, Int64
from schema.documents.encodings import Encoding, Histories, NumberEncoding, VocabularyEncoding
from schema.errors import DataError

__all__ = ["user_features"]

Raw = Mapping[str, Any]
"""Values by the name of the raw column; lists may be padded."""
Weights = Mapping[str, Float32]


def user_features(files: EdgeFiles, raw: Raw) -> Float32:
    """[width] float32 of one user, the input of the user tower.

    Args:
        files: of the version.
        raw: as a request has them (`serving/instances.py`).
    """
    how = files.encodings.histories
    rows = [_rows(raw[name], files.rows, how) for name in how.features]
    dense = [_dense(encoding, raw) for encoding in files.encodings.user]
    decided = sum(len(own) for own in rows)
    group = np.searchsorted(how.groups, decided, side="right") - 1
    return np.concatenate(
        [
            *dense,
            _pooled(rows, files.weights["table.trained"], how),
            _closed(rows, files.weights, how),
            files.weights["gates"][group : group + 1],
        ],
        dtype=np.float32,
    )


def _rows(ids: list[str], index: Mapping[str, int], how: Histories) -> Int64:
    """Rows of the tables, without padding; all other videos than the known have one row."""
    there = [video for video in ids[: how.length] if video] if how.seen else []
    return np.array([index.get(video, len(index)) for video in there], np.int64)


def _dense(encoding: Encoding, raw: Raw) -> Float32:
    """[columns of the encoding] float32."""
    match encoding:
        case NumberEncoding():
            return np.array([_z_score(encoding, raw[encoding.feature])], np.float32)
        case VocabularyEncoding(kind="shares"):
            return _shares(encoding, raw)
        case _:
            raise DataError("a number or shares of a user", encoding.kind, "extend edge_check")


def _z_score(encoding: NumberEncoding, value: float) -> np.float32:
    number, high = np.float32(value), np.float32(encoding.high)
    there = number >= encoding.low and (encoding.outside == "clipped" or number <= high)
    if not there or not encoding.variance:
        return np.float32(0)
    scaled = min(number, high)
    if encoding.kind == "log_number":
        scaled = np.log1p(max(scaled, np.float32(0)))
    z = (scaled - np.float32(encoding.mean)) / np.sqrt(np.float32(encoding.variance))
    return np.float32(np.clip(z, -5, 5))


def _shares(encoding: VocabularyEncoding, raw: Raw) -> Float32:
    terms = {term: place for place, term in enumerate(encoding.vocabulary)}
    found = np.ones(len(terms) + 1, np.float32)
    for key, count in zip(raw[encoding.feature], raw[encoding.counts], strict=True):
        if key:
            found[terms.get(key, len(terms))] += np.float32(count)
    return np.asarray(found / found.sum(), np.float32)


def _pooled(rows: list[Int64], table: Float32, how: Histories) -> Float32:
    """[2 * histories * d]: plain means of all histories, then recency-weighted ones."""
    plain = [np.ones(len(own)) for own in rows]
    recent = [np.exp(-np.arange(len(own)) / how.decay) for own in rows]
    both = [_means(rows, weights, table, how) + table[-1] for weights in (plain, recent)]
    return np.concatenate(both).ravel().astype(np.float32)


def _closed(rows: list[Int64], weights: Weights, how: Histories) -> Float32:
    """[c] the closed form's part; empty without one."""
    if not how.closed:
        return np.empty(0, np.float32)
    likes, exposures = np.split(weights["table.closed"], [how.closed[0]], axis=1)
    means = _pooled(rows, likes, how).reshape(-1, how.closed[0])
    liked = weights["weights_of_means"] @ means
    share = how.exposure_share
    newest = [np.exp(-np.arange(len(own)) / (share * max(len(own), 1))) for own in rows]
    exposed = _means(rows, newest, exposures, how).sum(axis=0)
    return np.concatenate([liked, weights["weight_of_exposure"] * exposed]).astype(np.float32)


def _means(
    rows: list[Int64], weights: list[np.ndarray[Any, Any]], table: Float32, how: Histories
) -> Float32:
    """[histories, d] weighted sums over the weights of all histories together."""
    total = sum(own.sum() for own in weights) + how.prior
    sums = [own @ table[where] for own, where in zip(weights, rows, strict=True)]
    return np.array(sums, np.float32) / np.float32(total)
