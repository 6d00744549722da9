"""Tokenizer of plain TensorFlow ops: words for spaced scripts, character bigrams for others.

Han, kana and Hangul text has no blanks between words; overlapping bigrams are the usual
index terms for it (Lucene's CJKBigramFilter). Text arrives NFKC-normalised and in lower
case, from SQL (schema/features.py) or from the request path.
"""

from __future__ import annotations

import tensorflow as tf

__all__ = ["distinct_tokens", "tokens"]

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}ー々〆]"
_NOT_A_WORD = r"[^\p{L}\p{M}\p{N}ー々〆]+"


@tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
def tokens(text: tf.Tensor) -> tf.RaggedTensor:
    """[batch] strings to [batch, (tokens)] strings, in no particular order within a row."""
    # Again, since a database with the locale C does not lowercase letters beyond ASCII.
    lower = tf.strings.lower(text, "utf-8")
    spaced = tf.strings.regex_replace(lower, _NOT_A_WORD, " ")
    spaced = tf.strings.regex_replace(spaced, f"({_UNSPACED}+)", r" \1 ")
    words = tf.strings.split(spaced)
    length = tf.ragged.map_flat_values(tf.strings.length, words, unit="UTF8_CHAR")
    unspaced = tf.ragged.map_flat_values(tf.strings.regex_full_match, words, f"{_UNSPACED}+")
    in_pairs = tf.logical_and(unspaced, length > 1)
    whole = tf.ragged.boolean_mask(words, tf.logical_not(in_pairs))
    return tf.concat([whole, _bigrams(tf.ragged.boolean_mask(words, in_pairs))], axis=1)


def distinct_tokens(rows: tf.RaggedTensor) -> tf.Tensor:
    """[batch, (tokens)] to [n]: each row's distinct tokens, so that their counts count rows."""
    place = tf.strings.as_string(rows.value_rowids())
    marked, _ = tf.unique(tf.strings.join([place, rows.flat_values], " "))
    return tf.strings.regex_replace(marked, "^[0-9]+ ", "")


def _bigrams(words: tf.RaggedTensor) -> tf.RaggedTensor:
    characters = tf.strings.unicode_split(words, "UTF-8")
    return tf.strings.ngrams(characters, 2, separator="").merge_dims(1, 2)
