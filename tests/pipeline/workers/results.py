"""What a run leaves behind that must not depend on where Beam's work was done."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

__all__ = ["examples", "vocabularies"]

Records = dict[str, list[bytes]]


def examples(folder: Path) -> Records:
    """By node and shard, such as `Users/Split-all/data_tfrecord-…`: its records, in their order."""
    shards = (folder / "pipeline_root").glob("*/examples/*/Split-*/*")
    return {f"{one.parts[-5]}/{one.parts[-2]}/{one.name}": list(_records(one)) for one in shards}


def _records(shard: Path) -> Iterator[bytes]:
    """TFRecord: length, its checksum, the bytes, their checksum."""
    with gzip.open(shard) as file:
        while head := file.read(12):
            (length,) = struct.unpack("<Q", head[:8])
            yield file.read(length)
            file.read(4)


def vocabularies(folder: Path) -> dict[str, bytes]:
    """By node and name: the terms in their order."""
    files = (folder / "pipeline_root").glob("*/transform_graph/*/transform_fn/assets/*")
    return {f"{one.parts[-6]}/{one.name}": one.read_bytes() for one in files}
