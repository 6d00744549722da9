"""What a release costs is said before a run, with what makes it dear."""

from __future__ import annotations

import pytest

from releases.price import price_lines
from releases.registry import find
from schema.database import Connection
from tests.releases.staging import release
from tests.toy_world import fill

pytestmark = pytest.mark.postgres

DEAR = """
CREATE INDEX near ON video_embeddings USING hnsw (embedding vector_ip_ops);
CREATE FUNCTION notify() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER each AFTER UPDATE ON user_embeddings FOR EACH ROW EXECUTE FUNCTION notify();
CREATE TRIGGER once AFTER UPDATE ON user_embeddings FOR EACH STATEMENT EXECUTE FUNCTION notify();
CREATE PUBLICATION feed FOR TABLE video_embeddings
"""


def _do(connection: Connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_plain_mirror_is_cheap(connection: Connection) -> None:
    fill(connection)
    assert price_lines(connection) == [
        "release: 100 rows into the mirror, about 0.0 s and 1 MB of write-ahead log"
    ]


def test_indexes_row_triggers_and_publications_are_named(connection: Connection) -> None:
    fill(connection)
    _do(connection, DEAR)
    first, *dear = price_lines(connection)
    assert first.startswith("release: 100 rows into the mirror, about 0.3 s")
    assert [line.partition(" of ")[0].split(" takes")[0].split(" is ")[0] for line in dear] == [
        "dear: trigger each on user_embeddings",
        "dear: hnsw index near on video_embeddings",
        "dear: publication feed sends all 60 rows",
    ]


def test_the_last_release_on_this_database_says_how_fast_it_is(connection: Connection) -> None:
    fill(connection)
    done = release(connection, "1", [], [])
    figures = find(connection, "1").figures
    assert figures["switch"] == {"mirrored": 0, "seconds": done.seconds}
    _do(
        connection,
        "UPDATE two_tower.versions SET figures ="
        """ '{"switch": {"mirrored": 5000, "seconds": 100}}'""",
    )
    assert "about 2.0 s" in price_lines(connection)[0]  # 100 rows at 50 a second
