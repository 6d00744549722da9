"""The tokeniser on literals: words where there are blanks, character pairs where there are none."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.tfx

CASES = {
    "the red car": ["the", "red", "car"],
    "don't stop, r2d2!": ["don", "r2d2", "stop", "t"],
    "naïve cafe\u0301": ["naïve", "cafe\u0301"],  # a combining accent stays with its letter
    "ÉTOILE Ōsaka": ["étoile", "ōsaka"],
    "夜の物語": ["夜の", "の物", "物語"],
    "人々": ["人々"],
    "サーキット": ["サー", "ーキ", "キッ", "ット"],
    "らーめん": ["らー", "ーめ", "めん"],
    "東京・大阪": ["東京", "大阪"],
    "한국어 영화": ["한국", "국어", "영화"],
    "夜night 12話": ["12", "night", "夜", "話"],
    "東京night大阪": ["night", "大阪", "東京"],
    "夜": ["夜"],
    "猫 猫猫 猫": ["猫", "猫", "猫猫"],
    "🎬": [],
    "🎬 ok🎬猫": ["ok", "猫"],
    "": [],
    " \t 、。!?": [],
}


def _tokens(texts: list[str]) -> list[list[str]]:
    import tensorflow as tf

    from components.transform.tokens import tokens

    found = tokens(tf.constant(texts, tf.string)).to_list()
    return [sorted(token.decode() for token in row) for row in found]


@pytest.mark.parametrize("text", CASES)
def test_the_tokens_of_one_text(text: str) -> None:
    assert _tokens([text]) == [sorted(CASES[text])]


def test_each_row_of_a_batch_keeps_its_own_tokens() -> None:
    assert _tokens(list(CASES)) == [sorted(expected) for expected in CASES.values()]


def test_an_empty_batch_has_no_rows() -> None:
    assert _tokens([]) == []
