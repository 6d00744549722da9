"""The one cut that all readers of a run share, and the snapshot that they join."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schema.database import Connection, connect, session
from schema.errors import DataError
from schema.windows import WindowRule
from tests.databases.pgbouncer import pgbouncer
from tests.toy_world import fill

pytestmark = [pytest.mark.postgres, pytest.mark.tfx]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        fill(opened)
        yield opened


def test_the_cut_comes_back_as_it_was_written(connection: Connection, tmp_path: Path) -> None:
    from components.moment.cut import decide
    from components.moment.cut_file import read_cut, write_cut

    cut = replace(decide(connection, WindowRule(), "00000003-1"), without_key=("tags", "videos"))
    write_cut(cut, str(tmp_path / "cut.json"))
    assert read_cut(str(tmp_path / "cut.json")) == cut


def test_one_changed_value_changes_its_own_table_s_fingerprint(connection: Connection) -> None:
    from components.moment.cut import decide

    before = decide(connection, WindowRule())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tags SET name = 'classics' WHERE name = 'classic'")
    after = decide(connection, WindowRule())
    changed = {t for t, data in after.fingerprints.items() if data != before.fingerprints[t]}
    assert changed == {"tags"}
    assert before.fingerprint_of(("tags", "users")) != after.fingerprint_of(("tags", "users"))
    assert before.fingerprint_of(("videos", "users")) == after.fingerprint_of(("videos", "users"))


NO_RULE = WindowRule()
DAYS = WindowRule(moments=("2025-02-02T00:00+00:00", "2025-02-06T00:00+00:00", "2025-02-10T00:00Z"))


@pytest.mark.parametrize(
    ("change", "rule", "got"),
    [
        ("UPDATE user_video_decisions SET decision = 'nope'", NO_RULE, "got 0, 0 and 0: wait for"),
        (  # 40 users like twice in the first block of 4 days, and thrice in each of 7 more
            "UPDATE user_video_decisions SET decision = 'nope' WHERE decided_at >= '2025-02-06'",
            DAYS, "got 920, 120 and 0: wait for more likes, or move the windows",
        ),
        ("DELETE FROM user_video_decisions", NO_RULE, "expected decisions to train on, got none"),
    ],
)  # fmt: skip
def test_too_few_likes_are_said_in_words_that_fit(
    connection: Connection, change: str, rule: WindowRule, got: str
) -> None:
    from components.moment.cut import decide

    with connection.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(DataError, match=got):
        decide(connection, rule)


def test_an_end_of_eval_to_come_is_moved_to_the_newest_decision(connection: Connection) -> None:
    """The toy world's last is on its fortieth day, by user 39; what comes meanwhile has to wait."""
    from components.moment.cut import decide

    future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    rule = WindowRule(moments=("2025-02-02T00:00+00:00", "2025-02-06T00:00+00:00", future))
    end = decide(connection, rule).windows.eval_end
    assert end == datetime(2025, 2, 9, 0, 39, 0, 1, tzinfo=UTC)


def test_who_joins_the_snapshot_sees_what_its_holder_sees(
    connection: Connection, database: str
) -> None:
    from components.moment.snapshot import export_snapshot, is_joinable

    connection.commit()
    snapshot = export_snapshot(connection)
    assert is_joinable(database, snapshot, 5)
    with session(database) as other:
        other.cursor().execute("DELETE FROM user_video_decisions")
    with session(database, snapshot=snapshot) as reader, reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM user_video_decisions")
        assert cursor.fetchone() == (1600,)
    connection.rollback()
    assert not is_joinable(database, snapshot, 5)


@pytest.mark.pooler
def test_a_pooler_of_one_connection_gives_none_to_join(database: str) -> None:
    from components.moment.snapshot import export_snapshot, is_joinable

    with pgbouncer(database, size=1) as pooler, closing(connect(pooler.url())) as holder:
        assert not is_joinable(pooler.url(), export_snapshot(holder), 0.5)
