"""Settings of a reader of key ranges, and their duration."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from pathlib import Path

import pytest

from schema.database import connect, session
from tests.toy_world import fill

pytestmark = [pytest.mark.postgres, pytest.mark.tfx]


def test_a_reader_sorts_in_more_memory_until_its_transaction_ends(database: str) -> None:
    from components.example_gen.executor import prepare_reader

    with closing(connect(database)) as connection, connection.cursor() as cursor:
        prepare_reader(cursor)
        cursor.execute("SHOW work_mem")
        assert cursor.fetchone() == ("64MB",)
        connection.rollback()
        cursor.execute("SHOW work_mem")
        assert cursor.fetchone() == ("4MB",)


def test_a_server_that_goes_down_in_mid_read_is_one_line(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Beam, which makes pages of it."""
    import apache_beam as beam

    from components.example_gen.executor import KeyRange, ReadKeyRange
    from pipeline.beam import BEAM_ARGS
    from pipeline.failures import of_error

    monkeypatch.setenv("DATABASE_URL", database)
    slow = "SELECT gen_random_uuid()::text AS user_id, pg_sleep(0.001) FROM generate_series(1, 1e6)"
    work = KeyRange(f"SELECT user_id FROM ({slow}) AS slow", "", "", str(tmp_path / "shard"))
    cut_off = threading.Timer(1, lambda: _execute(database, CUT_OFF))
    cut_off.start()
    with (
        pytest.raises(Exception, match="expected the server to go on") as caught,
        beam.Pipeline(argv=[*BEAM_ARGS]) as pipeline,
    ):
        _ = pipeline | beam.Create([work]) | beam.ParDo(ReadKeyRange("DATABASE_URL", ""))
    cut_off.join()
    assert str(of_error(caught.value, "Decisions", "see run.log")) == (
        'expected the server to go on, got "terminating connection due to administrator command":'
        " run it again: finished nodes are taken from the cache"
    )
    assert not (tmp_path / "shard").exists()


def test_a_reader_without_its_driver_fills_its_queries_by_the_run_s_cut(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kubeflow runs no drivers."""
    from tfx.types.standard_artifacts import Examples

    from components.example_gen.executor import PostgresExecutor
    from components.moment.cut import decide
    from components.moment.cut_file import write_cut
    from pipeline import example_queries
    from pipeline.beam import BEAM_ARGS
    from pipeline.settings import Settings

    monkeypatch.setenv("DATABASE_URL", database)
    settings = Settings(folder=tmp_path)
    with closing(connect(database)) as connection:
        fill(connection)
        cut = decide(connection, settings.window_rule)
    write_cut(cut, str(settings.cut))
    examples = Examples()
    examples.uri = str(tmp_path / "examples")
    context = PostgresExecutor.Context(beam_pipeline_args=[*BEAM_ARGS], tmp_dir=str(tmp_path / "t"))
    given = {"reading": example_queries.users(settings).to_json(), "code": ""}
    PostgresExecutor(context).Do({}, {"examples": [examples]}, given)
    assert examples.get_int_custom_property("rows") == 40
    assert json.loads(examples.get_string_custom_property("windows")) == cut.windows.as_texts()


CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def _execute(url: str, statement: str) -> None:
    with session(url) as connection:
        connection.cursor().execute(statement)
