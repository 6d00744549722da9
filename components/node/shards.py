"""The shards of an Examples artifact."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tfx.types import artifact_utils
from tfx.utils import io_utils

__all__ = ["shards"]


def shards(examples: list[Any], split: str) -> list[str]:
    """The files of one split, ordered by name, which is the order of the rows."""
    folder = artifact_utils.get_split_uri(examples, split)
    return sorted(tf.io.gfile.glob(io_utils.all_files_pattern(folder)))
