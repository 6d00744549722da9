"""The requests of EmbeddingCheck are what the model server's client sends for the same users."""

from __future__ import annotations

from pathlib import Path

import pytest

from schema.feature import Side
from schema.features import USER_ID, model_inputs

pytestmark = pytest.mark.tfx

LIKED = "liked_videos"


def _examples(folder: Path, histories: list[list[str]]) -> list[str]:
    """One user each; every other feature is missing."""
    import tensorflow as tf

    from components.example_gen.convert import row_converter

    names = [USER_ID.name, *(c.name for c in model_inputs(Side.USER))]
    convert = row_converter(names)
    path = str(folder / "users.gz")
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        for number, history in enumerate(histories):
            row = {USER_ID.name: f"user {number} 夜", LIKED: history}
            writer.write(convert([row.get(name) for name in names]))
    return [path]


def test_texts_are_text_and_lists_are_padded_to_one_length(tmp_path: Path) -> None:
    from components.embedding_check import _instances

    ids, instances = _instances(_examples(tmp_path, [["a", "夜"], [], ["b"]]), USER_ID)
    assert ids == ["user 0 夜", "user 1 夜", "user 2 夜"]
    assert [one[LIKED] for one in instances] == [["a", "夜"], ["", ""], ["b", ""]]
    wanted = {c.name for c in model_inputs(Side.USER)}
    assert all(set(one) == wanted for one in instances)


def test_a_list_that_nobody_has_is_one_missing_value(tmp_path: Path) -> None:
    """TensorFlow Serving takes no empty list."""
    from components.embedding_check import _instances

    _, instances = _instances(_examples(tmp_path, [[], []]), USER_ID)
    assert [one[LIKED] for one in instances] == [[""], [""]]
