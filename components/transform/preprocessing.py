"""The two preprocessing functions of TensorFlow Transform: one for videos, one for users.

Vocabularies, IDF and z-scores of videos are fitted on those known when training ended; those
of users on the train split. What comes out keeps its feature's name:
ID, CATEGORY: int64 [batch]; CATEGORIES: sparse int64 [batch, n]; TEXT: float32 [batch, terms];
numbers: float32 [batch]; SHARES: sparse int64 keys and float32 counts; HISTORY: sparse strings.
Index 0 to size-1 is the vocabulary, `size` is the bucket of unknown values.
"""

from __future__ import annotations

import tensorflow as tf
import tensorflow_transform as tft

from components.transform.tokens import tokens
from schema.features import MISSING, Feature, Kind, Side, features

__all__ = ["catalogue_preprocessing_fn", "user_preprocessing_fn"]

Tensors = dict[str, tf.Tensor | tf.SparseTensor]
Config = dict[str, str] | None
"""Holds the code's hash, for the cache key alone."""


def catalogue_preprocessing_fn(inputs: Tensors, custom_config: Config = None) -> Tensors:
    """Distinct videos, one a row; the mask keeps videos newer than train out of the fit."""
    del custom_config
    (mask_feature,) = features(Side.VIDEO, Kind.MASK)
    known = inputs[mask_feature.name] > 0.5  # noqa: PLR2004
    rows = (f for f in features(Side.VIDEO) if f.kind is not Kind.MASK)
    return _encode_all(inputs, tuple(rows), known)


def user_preprocessing_fn(inputs: Tensors, custom_config: Config = None) -> Tensors:
    """One row is one user at one moment; `KEY` and pair columns are not encoded."""
    del custom_config
    rows = tuple(f for f in features(Side.USER) if f.kind is not Kind.KEY)
    return _encode_all(inputs, rows, tf.ones_like(_size_probe(inputs, rows), tf.bool))


def _size_probe(inputs: Tensors, rows: tuple[Feature, ...]) -> tf.Tensor:
    return _scalar(inputs[rows[0].name], 0.0)


def _encode_all(inputs: Tensors, rows: tuple[Feature, ...], fit: tf.Tensor) -> Tensors:
    outputs: Tensors = {}
    for row in rows:
        values = [inputs[column.name] for column in row.columns]
        encoded = _encode(row, values, fit)
        outputs.update(zip((c.name for c in row.columns), encoded, strict=True))
    return outputs


def _encode(row: Feature, values: list[tf.Tensor], fit: tf.Tensor) -> list[tf.Tensor]:
    match row.kind:
        case Kind.NUMBER | Kind.LOG_NUMBER:
            return [_number(row, values[0], fit)]
        case Kind.ID | Kind.CATEGORY:
            return [_index(row, _scalar(values[0], ""), fit)]
        case Kind.CATEGORIES:
            return [_indices(row, values[0], fit)]
        case Kind.SHARES:
            return [_indices(row, values[0], fit), values[1]]
        case Kind.TEXT:
            return [_tf_idf(row, _scalar(values[0], ""), fit)]
        case Kind.HISTORY:
            return [values[0]]
        case _:
            raise ValueError(f"{row.name}: a feature of kind {row.kind} is not encoded")


def _scalar(value: tf.Tensor | tf.SparseTensor, default: float | str) -> tf.Tensor:
    """[batch, 0 or 1] sparse to [batch] dense; a column that is always there is dense already."""
    if not isinstance(value, tf.SparseTensor):
        return tf.reshape(value, [-1])
    one = tf.SparseTensor(value.indices, value.values, [value.dense_shape[0], 1])
    return tf.squeeze(tf.sparse.to_dense(one, default_value=default), axis=1)


def _number(row: Feature, value: tf.SparseTensor, fit: tf.Tensor) -> tf.Tensor:
    """Clip, log1p where the row says so, z-score; missing becomes 0, the mean of the rest."""
    raw = _scalar(value, MISSING)
    there = raw >= tf.cast(row.low, tf.float32)  # false for MISSING and for NaN
    clipped = tf.clip_by_value(tf.where(there, raw, tf.zeros_like(raw)), row.low, row.high)
    scaled = tf.math.log1p(clipped) if row.kind is Kind.LOG_NUMBER else clipped
    seen = tf.boolean_mask(scaled, tf.logical_and(there, fit))
    mean, variance = tft.mean(seen), tft.var(seen)
    z = tf.math.divide_no_nan(scaled - mean, tf.sqrt(variance))
    usable = tf.logical_and(there, tf.math.is_finite(z))
    return tf.clip_by_value(tf.where(usable, z, tf.zeros_like(z)), -5.0, 5.0)


def _index(row: Feature, value: tf.Tensor, fit: tf.Tensor) -> tf.Tensor:
    named = tf.logical_and(fit, tf.not_equal(value, ""))
    vocabulary = _vocabulary(row, tf.boolean_mask(value, named))
    return tft.apply_vocabulary(value, vocabulary, num_oov_buckets=1)


def _indices(row: Feature, values: tf.SparseTensor, fit: tf.Tensor) -> tf.SparseTensor:
    known = tf.gather(fit, values.indices[:, 0])
    vocabulary = _vocabulary(row, tf.boolean_mask(values.values, known))
    return tft.apply_vocabulary(values, vocabulary, num_oov_buckets=1)


def _vocabulary(row: Feature, values: tf.Tensor) -> tf.Tensor:
    return tft.vocabulary(
        values, top_k=row.limit, vocab_filename=row.name, name=f"vocabulary_{row.name}"
    )


def _tf_idf(row: Feature, text: tf.Tensor, fit: tf.Tensor) -> tf.Tensor:
    """[batch, terms] tf * (log((1 + n) / (1 + df)) + 1), each row of L2 norm 1 or all zero.

    The smoothed form of scikit-learn's TfidfTransformer; n and df count distinct videos.
    """
    terms = tokens(text)
    vocabulary = _vocabulary(row, tf.ragged.boolean_mask(terms, fit).flat_values)
    indices = tft.apply_vocabulary(terms.to_sparse(), vocabulary, default_value=-1)
    dense = tf.sparse.to_dense(indices, default_value=-1)
    counts = tf.math.bincount(
        tf.cast(dense + 1, tf.int32), minlength=row.limit + 1, maxlength=row.limit + 1, axis=-1,
        dtype=tf.float32,
    )[:, 1:]  # fmt: skip
    counts = tf.ensure_shape(counts, [None, row.limit])
    seen = tf.cast(tf.boolean_mask(counts, fit) > 0, tf.float32)
    df = tft.sum(seen, reduce_instance_dims=False, name="document_frequency")
    n = tft.sum(tf.cast(fit, tf.float32), name="documents")
    return tf.math.l2_normalize(counts * (tf.math.log((1 + n) / (1 + df)) + 1), axis=1)
