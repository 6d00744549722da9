"""Parallel reads of key ranges, each by a server-side cursor, all in the run's snapshot."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import apache_beam as beam
import tensorflow as tf
from tfx.components.util import examples_utils
from tfx.dsl.components.base import base_beam_executor
from tfx.proto import example_gen_pb2
from tfx.types import artifact_utils

from components.example_gen.convert import row_converter
from components.example_gen.driver import QUERIES, READING
from components.example_gen.example_query import ExampleQuery
from components.example_gen.filled import filled
from components.moment.cut_file import read_cut
from components.node.connection import connection_named
from components.node.lineage import ROWS, WINDOWS
from schema.database import Cursor

__all__ = ["KeyRange", "PostgresExecutor", "ReadKeyRange", "key_ranges", "prepare_reader"]

ROWS_PER_FETCH = 1000
WORK_MEMORY = "64MB"
"""Memory of one sort or hash of a reader's query before it goes to disk."""
QUICK_GZIP = tf.io.TFRecordOptions("GZIP", compression_level=1)
"""Fast compression: shards are read once or twice and deleted, so their size matters little."""


class KeyRange(NamedTuple):
    """Query and shard of the ids from `first` to `last`, both included, of one split."""

    query: str
    first: str
    last: str
    shard: str


def key_ranges(count: int) -> list[tuple[str, str]]:
    """First and last id of `count` equally wide ranges that together cover every UUID once."""
    edges = [(index << 128) // count for index in range(count + 1)]
    return [
        (str(uuid.UUID(int=low)), str(uuid.UUID(int=high - 1))) for low, high in pairwise(edges)
    ]


class PostgresExecutor(base_beam_executor.BaseBeamExecutor):
    """Writes one shard per key range in the worker that reads it, so that memory stays flat."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Write the Examples artifact, one tf.Example per row of the query."""
        self._log_startup(input_dict, output_dict, exec_properties)
        reading = ExampleQuery.from_json(exec_properties[READING])
        cut = read_cut(reading.cut)
        texts = exec_properties
        if QUERIES not in texts:  # an orchestrator that runs no drivers
            found = filled(reading, cut)
            texts = {QUERIES: found.queries, WINDOWS: found.windows}
        queries: dict[str, str] = json.loads(texts[QUERIES])
        artifact = artifact_utils.get_single_instance(output_dict["examples"])
        artifact.split_names = artifact_utils.encode_split_names(list(queries))
        artifact.set_string_custom_property(WINDOWS, texts[WINDOWS])
        examples_utils.set_payload_format(artifact, example_gen_pb2.PayloadFormat.FORMAT_TF_EXAMPLE)
        work = list(_work(queries, reading.ranges, artifact))
        pipeline = self._make_beam_pipeline()
        with pipeline:
            _ = (
                pipeline
                | "KeyRanges" >> beam.Create(work, reshuffle=True)
                | "Read" >> beam.ParDo(ReadKeyRange(reading.database_url_env, cut.snapshot))
            )
        artifact.set_int_custom_property(ROWS, _rows(pipeline.result))


def prepare_reader(cursor: Cursor) -> None:
    """Set what a read of many rows needs, for the current transaction."""
    cursor.execute("SET LOCAL work_mem = %s", (WORK_MEMORY,))


def _work(queries: dict[str, str], ranges: int, artifact: Any) -> Iterator[KeyRange]:
    for split, query in queries.items():
        folder = Path(artifact_utils.get_split_uri([artifact], split))
        folder.mkdir(parents=True, exist_ok=True)
        for index, (first, last) in enumerate(key_ranges(ranges)):
            name = f"data_tfrecord-{index:05d}-of-{ranges:05d}.gz"
            yield KeyRange(query, first, last, str(folder / name))


def _rows(result: Any) -> int:
    """The count of rows by ReadKeyRange."""
    counters = result.metrics().query(beam.metrics.MetricsFilter().with_name("rows"))["counters"]
    return sum(int(counter.result) for counter in counters)


class ReadKeyRange(beam.DoFn):
    """Reads one key range in the run's snapshot; a retry writes the same shard.

    It opens a connection per range, by the name of the environment variable, so that no URL is
    pickled, and no worker waits for a pooler's connection while it holds another.
    """

    def __init__(self, database_url_env: str, snapshot: str) -> None:
        self._database_url_env = database_url_env
        self._snapshot = snapshot
        self._rows = beam.metrics.Metrics.counter("PostgresExampleGen", "rows")

    def process(self, work: KeyRange) -> None:
        """Stream the rows into a temporary file, then rename it to the shard."""
        unfinished = f"{work.shard}.{uuid.uuid4().hex}.unfinished"
        with tf.io.TFRecordWriter(unfinished, QUICK_GZIP) as shard:
            for example in self._examples(work):
                shard.write(example)
                self._rows.inc()
        Path(unfinished).rename(work.shard)

    def _examples(self, work: KeyRange) -> Iterator[bytes]:
        variable, snapshot = self._database_url_env, self._snapshot
        with connection_named(variable, readonly=True, snapshot=snapshot) as connection:
            with connection.cursor() as cursor:
                prepare_reader(cursor)
            with connection.cursor(name="key_range") as cursor:
                cursor.itersize = ROWS_PER_FETCH
                cursor.execute(work.query, {"first_id": work.first, "last_id": work.last})
                convert = None
                for row in cursor:
                    convert = convert or row_converter(
                        [column.name for column in cursor.description or ()]
                    )
                    yield convert(row)
