"""The two preprocessing functions of TensorFlow Transform: one for videos, one for users.

Vocabularies, IDF and z-scores of videos are fitted on the videos known at the end of train; those
of users on the train split. Outputs keep the name of their feature:
CATEGORY: int64 [batch]; CATEGORIES: sparse int64 [batch, n]; TEXT: float32 [batch, terms];
numbers: float32 [batch]; SHARES: sparse int64 keys and float32 counts.
Indices 0 to size-1 are the vocabulary, `size` is the out-of-vocabulary index.
Beside them, the same in each row, stand the fitted values that no file has: MEANS and VARIANCES of
the scaled numbers, in the order of the table, and DOCUMENTS, the number of videos behind an IDF.
"""

from __future__ import annotations

import tensorflow as tf
import tensorflow_transform as tft

from components.transform.tokens import distinct_tokens, tokens
from schema.feature import MISSING, Feature, Kind, Outside, Side
from schema.features import features

__all__ = [
    "DOCUMENTS",
    "ENCODED",
    "MEANS",
    "NUMBERS",
    "VARIANCES",
    "VOCABULARIES",
    "catalogue_preprocessing_fn",
    "user_preprocessing_fn",
    "without_rounding",
]

NUMBERS = (Kind.NUMBER, Kind.LOG_NUMBER)
VOCABULARIES = (Kind.CATEGORY, Kind.CATEGORIES, Kind.SHARES, Kind.TEXT)
ENCODED = (*NUMBERS, *VOCABULARIES)
"""The kinds that the graphs encode; other kinds are not inputs of the graphs."""
ROUNDED = 1e-3
"""Standard deviation, as a share of the mean, that rounding may have made: z is 0 up to it."""
MEANS, VARIANCES, DOCUMENTS = "fitted_means", "fitted_variances", "fitted_documents"

Tensors = dict[str, tf.Tensor | tf.SparseTensor]
Config = dict[str, str] | None
"""Config with the hash of the code, for the cache key alone."""


def catalogue_preprocessing_fn(inputs: Tensors, custom_config: Config = None) -> Tensors:
    """Preprocessing of distinct videos, one a row; the mask excludes newer ones from the fit."""
    del custom_config
    (mask,) = features(Side.VIDEO, Kind.MASK)
    return _encode_all(Side.VIDEO, inputs, inputs[mask.name] > 0.5)  # noqa: PLR2004


def user_preprocessing_fn(inputs: Tensors, custom_config: Config = None) -> Tensors:
    """Preprocessing of users at moments, one a row; all rows of the train split are fitted."""
    del custom_config
    one_number = features(Side.USER, *NUMBERS)[0].name
    return _encode_all(
        Side.USER, inputs, tf.ones_like(_scalar(inputs[one_number], MISSING), tf.bool)
    )


def _encode_all(side: Side, inputs: Tensors, fit: tf.Tensor) -> Tensors:
    outputs = _numbers(features(side, *NUMBERS), inputs, fit)
    for row in features(side, *VOCABULARIES):
        outputs.update(_encode(row, [inputs[column.name] for column in row.columns], fit))
    return outputs


def _encode(row: Feature, values: list[tf.Tensor], fit: tf.Tensor) -> Tensors:
    match row.kind:
        case Kind.CATEGORY:
            return {row.name: _index(row, _scalar(values[0], ""), fit)}
        case Kind.CATEGORIES:
            return {row.name: _indices(row, values[0], fit)}
        case Kind.SHARES:
            return {row.name: _indices(row, values[0], fit), row.columns[1].name: values[1]}
        case Kind.TEXT:
            documents = tft.sum(tf.cast(fit, tf.float32), name="documents")
            text = _tf_idf(row, _scalar(values[0], ""), fit, documents)
            return {row.name: text, DOCUMENTS: _each(documents, fit)}
        case _:
            raise ValueError(f"{row.name}: a feature of kind {row.kind} has no vocabulary")


def _scalar(value: tf.Tensor | tf.SparseTensor, default: float | str) -> tf.Tensor:
    """[batch, 0 or 1] sparse to [batch] dense; a needed column is dense already."""
    if not isinstance(value, tf.SparseTensor):
        return tf.reshape(value, [-1])
    one = tf.SparseTensor(value.indices, value.values, [value.dense_shape[0], 1])
    return tf.squeeze(tf.sparse.to_dense(one, default_value=default), axis=1)


def _numbers(rows: tuple[Feature, ...], inputs: Tensors, fit: tf.Tensor) -> Tensors:
    """[batch] float32 each: clipped or dropped outliers, log1p, z-score; missing is 0, the mean.

    All numbers form one matrix, since each analyser takes seconds even on little data.
    """
    raw = tf.stack([_scalar(inputs[row.name], MISSING) for row in rows], axis=1)
    low = tf.constant([row.low for row in rows], tf.float32)
    high = tf.constant([row.high for row in rows], tf.float32)
    clips = tf.constant([row.outside is Outside.CLIPPED for row in rows])
    # False for NaN and for MISSING, which is below every `low`.
    there = tf.logical_and(raw >= low, tf.logical_or(clips, raw <= high))
    clipped = tf.clip_by_value(tf.where(there, raw, low), low, high)
    logs = tf.constant([row.kind is Kind.LOG_NUMBER for row in rows])
    scaled = tf.where(logs, tf.math.log1p(tf.maximum(clipped, 0.0)), clipped)
    # TFT's moments leave NaN out.
    seen = tf.where(tf.logical_and(there, fit[:, tf.newaxis]), scaled, float("nan"))
    mean = tft.mean(seen, reduce_instance_dims=False, name="means")
    variance = without_rounding(mean, tft.var(seen, reduce_instance_dims=False, name="variances"))
    z = tf.math.divide_no_nan(scaled - mean, tf.sqrt(variance))
    usable = tf.logical_and(there, tf.math.is_finite(z))
    z = tf.clip_by_value(tf.where(usable, z, tf.zeros_like(z)), -5.0, 5.0)
    moments = {MEANS: mean, VARIANCES: variance}
    fitted = {name: _each(_finite(value), raw[:, 0]) for name, value in moments.items()}
    return {**fitted, **{row.name: z[:, place] for place, row in enumerate(rows)}}


def _finite(value: tf.Tensor) -> tf.Tensor:
    """With 0 in place of NaN, the moment of no value at all."""
    return tf.where(tf.math.is_finite(value), value, tf.zeros_like(value))


def _each(value: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
    """[…] value to [batch, …], the same for each of the [batch] rows."""
    return tf.broadcast_to(value, tf.concat([tf.shape(rows), tf.shape(value)], axis=0))


def without_rounding(mean: tf.Tensor, variance: tf.Tensor) -> tf.Tensor:
    """The variance; 0 where float32's rounding of equal values may be all of it, or for NaN.

    Such a variance depends on the order of the values, and a z-score by it means nothing.
    """
    return tf.where(variance > (ROUNDED * mean) ** 2, variance, tf.zeros_like(variance))


def _index(row: Feature, value: tf.Tensor, fit: tf.Tensor) -> tf.Tensor:
    named = tf.logical_and(fit, tf.not_equal(value, ""))
    vocabulary = _vocabulary(row, tf.boolean_mask(value, named))
    return tft.apply_vocabulary(value, vocabulary, num_oov_buckets=1)


def _indices(row: Feature, values: tf.SparseTensor, fit: tf.Tensor) -> tf.SparseTensor:
    known = tf.gather(fit, values.indices[:, 0])
    vocabulary = _vocabulary(row, tf.boolean_mask(values.values, known))
    return tft.apply_vocabulary(values, vocabulary, num_oov_buckets=1)


def _vocabulary(row: Feature, values: tf.Tensor, *, counted: bool = False) -> tf.Tensor:
    return tft.vocabulary(
        values,
        top_k=row.limit,
        vocab_filename=row.name,
        store_frequency=counted,
        name=f"vocabulary_{row.name}",
    )


def _tf_idf(row: Feature, text: tf.Tensor, fit: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
    """[batch, terms] tf * (log((1 + n) / (1 + df)) + 1), each row of L2 norm 1 or all zero.

    The smoothed form of scikit-learn's TfidfTransformer; n and df count distinct videos. The
    vocabulary has the terms with the largest df, and its file contains each term's df: one
    analysis, while tft.tfidf needs a second one that waits for the first.
    """
    terms = tokens(text)
    distinct = distinct_tokens(tf.ragged.boolean_mask(terms, fit))
    vocabulary = _vocabulary(row, distinct, counted=True)
    index = tft.apply_vocabulary(terms.flat_values, vocabulary, lookup_fn=_line_of)
    df = tf.cast(
        tft.apply_vocabulary(terms.flat_values, vocabulary, lookup_fn=_count_of), tf.float32
    )
    found = tf.where(index >= 0)[:, 0]
    idf = tf.math.log((1 + n) / (1 + tf.gather(df, found))) + 1
    cells = tf.stack([tf.gather(terms.value_rowids(), found), tf.gather(index, found)], axis=1)
    shape = tf.stack([terms.nrows(), tf.constant(row.limit, tf.int64)])
    weights = tf.ensure_shape(tf.scatter_nd(cells, idf, shape), [None, row.limit])
    return tf.math.l2_normalize(weights, axis=1)


def _line_of(terms: tf.Tensor, path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return _looked_up(terms, path, tf.lookup.TextFileIndex.LINE_NUMBER)


def _count_of(terms: tf.Tensor, path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return _looked_up(terms, path, 0)


def _looked_up(terms: tf.Tensor, path: tf.Tensor, column: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Column of each term in a file of `count term` lines; -1 for an unknown term."""
    initializer = tf.lookup.TextFileInitializer(path, tf.string, 1, tf.int64, column, delimiter=" ")
    table = tf.lookup.StaticHashTable(initializer, default_value=-1)
    return table.lookup(terms), table.size()
