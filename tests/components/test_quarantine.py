"""A bad row is in no query's result, is counted under its reason, and is kept with the run's id."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from components.quarantine import store
from components.quarantine.store import Finding, check_shares, prepare, quarantine
from schema.database import Connection, connect
from schema.errors import DataError
from schema.row_rules import KEYS, RULES, TWICE
from schema.table_keys import tables_without_key
from serving.recommender.recommend import recommend_videos
from tests.schema.loose_world import application_rows, everything_read, fill_loosely, trial
from tests.toy_world import ToyWorld

BELL, WRONG = "a\u0007", "\ufffdb"
NEW = "'ffffffff-0000-0000-0000-000000000001'"
USER = "(SELECT user_id FROM strict_users ORDER BY 1 LIMIT 1)"
VIDEO = "(SELECT video_id FROM strict_videos ORDER BY 1 LIMIT 1)"
DAY = "'2025-01-05'"
DECIDE = "INSERT INTO user_video_decisions VALUES"

BAD = [
    # The copies are the greater texts (U+FFEE), or a like beside a nope: the first counts.
    (f"INSERT INTO users SELECT user_id, '2099-01-01' FROM users WHERE user_id = {USER}",
     {"users: key comes twice": 1}),
    ((f"INSERT INTO videos SELECT video_id, title, '￮', '￮', '￮', 1, 1, now() FROM videos"
     f" WHERE video_id = {VIDEO}"), {"videos: key comes twice": 1}),
    ("INSERT INTO performers SELECT performer_id, '￮' FROM performers",
     {"performers: key comes twice": 6}),
    ("INSERT INTO tags SELECT tag_id, '￮' FROM tags", {"tags: key comes twice": 4}),
    ("INSERT INTO video_performers SELECT * FROM video_performers",
     {"video_performers: key comes twice": 120}),
    ("INSERT INTO video_tags SELECT * FROM video_tags", {"video_tags: key comes twice": 120}),
    (("INSERT INTO user_video_decisions SELECT user_id, video_id, 'like', decided_at"
     f" FROM user_video_decisions WHERE user_id = {USER} AND decision = 'nope'"),
     {"user_video_decisions: key comes twice": 11}),
    (f"INSERT INTO user_video_decisions SELECT * FROM user_video_decisions WHERE user_id = {USER}",
     {"user_video_decisions: key comes twice": 40}),
    ("INSERT INTO users VALUES (NULL)", {"users: missing key": 1}),
    ("INSERT INTO videos VALUES (NULL, 'title')", {"videos: missing key": 1}),
    (f"INSERT INTO videos VALUES ({NEW})", {"videos: missing title": 1}),
    (f"INSERT INTO videos VALUES ({NEW}, '{BELL}')", {"videos: unreadable text": 1}),
    (f"INSERT INTO videos VALUES ({NEW}, 't', '{WRONG}')", {"videos: unreadable text": 1}),
    (f"INSERT INTO videos VALUES ({NEW}, 't', '', '{BELL}')", {"videos: unreadable text": 1}),
    (f"INSERT INTO videos VALUES ({NEW}, 't', '', '', '{WRONG}')", {"videos: unreadable text": 1}),
    ("INSERT INTO performers VALUES (NULL, 'name')", {"performers: missing key": 1}),
    (
        (f"INSERT INTO performers VALUES ({NEW}, '{BELL}');"
        f"INSERT INTO video_performers VALUES ({VIDEO}, {NEW})"),
        {"performers: unreadable text": 1, "video_performers: unknown performer": 1},
    ),
    ("INSERT INTO tags VALUES (NULL, 'name')", {"tags: missing key": 1}),
    (
        (f"INSERT INTO tags VALUES ({NEW}, '{WRONG}');"
        f"INSERT INTO video_tags VALUES ({VIDEO}, {NEW})"),
        {"tags: unreadable text": 1, "video_tags: unknown tag": 1},
    ),
    (
        f"INSERT INTO video_performers SELECT {NEW}, performer_id FROM performers",
        {"video_performers: unknown video": 6},
    ),
    (f"INSERT INTO video_tags SELECT {NEW}, tag_id FROM tags", {"video_tags: unknown video": 4}),
    (
        (f"{DECIDE} (NULL, {VIDEO}, 'like', {DAY}), ({USER}, NULL, 'like', {DAY}),"
        f" ({USER}, {VIDEO}, NULL, {DAY}), ({USER}, {VIDEO}, 'like', NULL)"),
        {"user_video_decisions: missing value": 4},
    ),
    (
        f"{DECIDE} ({USER}, {VIDEO}, 'LIKE', {DAY}), ({USER}, {VIDEO}, '', {DAY})",
        {"user_video_decisions: unknown decision": 2},
    ),
    (
        (f"{DECIDE} ({USER}, {VIDEO}, 'like', now() + interval '1 hour'),"
        f" ({USER}, {VIDEO}, 'like', 'infinity'), ({USER}, {VIDEO}, 'nope', '-infinity'),"
        f" ({USER}, {VIDEO}, 'nope', '1969-12-31')"),
        {"user_video_decisions: impossible date": 4},
    ),
    (
        f"{DECIDE} ({NEW}, {VIDEO}, 'like', {DAY})", {"user_video_decisions: unknown user": 1}
    ),
    (
        f"{DECIDE} ({USER}, {NEW}, 'like', {DAY})", {"user_video_decisions: unknown video": 1}
    ),
    (
        f"INSERT INTO videos VALUES ({NEW}, '{BELL}'); {DECIDE} ({USER}, {NEW}, 'like', {DAY})",
        {"videos: unreadable text": 1, "user_video_decisions: unknown video": 1},
    ),
    (
        (f"{DECIDE[:-6]} SELECT {USER}, video_id, 'like', '2025-01-05 00:30'::timestamptz"
        " + n * interval '50 milliseconds' FROM generate_series(0, 600) AS n,"
        " (SELECT video_id FROM strict_videos ORDER BY 1 LIMIT 1) AS one"),
        {"user_video_decisions: too many in a minute": 601},
    ),
]  # fmt: skip

Rows = list[tuple[Any, ...]]


@pytest.fixture
def world(database: str) -> Iterator[tuple[Connection, ToyWorld]]:
    with closing(connect(database)) as opened:
        yield opened, fill_loosely(opened)


def _quarantined(connection: Connection, run_id: str) -> list[Finding]:
    prepare(connection, run_id)
    return quarantine(connection, run_id, tables_without_key(connection))


def _counts(found: list[Finding]) -> dict[str, int]:
    return {f"{finding.table}: {finding.reason}": finding.rows for finding in found}


def _kept(cursor: Any) -> Rows:
    cursor.execute(
        "SELECT run_id, source_table || ': ' || reason, action, count(*)"
        " FROM two_tower.quarantine GROUP BY 1, 2, 3 ORDER BY 2"
    )
    return list(cursor)


def test_each_rule_has_a_row_that_breaks_it() -> None:
    broken = {name for _, counts in BAD for name in counts}
    rules = {f"{rule.table}: {rule.reason}" for rule in RULES}
    assert broken == rules | {f"{table}: {TWICE}" for table in KEYS}


@pytest.mark.postgres
def test_a_bad_row_is_read_by_nobody_counted_and_kept(world: tuple[Connection, ToyWorld]) -> None:
    """All values read stay the same; so do the application's tables."""
    connection, toy = world
    clean = everything_read(connection, toy)
    popular = recommend_videos(connection, None, toy.users[1]).videos  # type: ignore[arg-type]
    assert _quarantined(connection, "clean") == []
    connection.rollback()
    for statement, expected in BAD:
        with trial(connection) as cursor:
            cursor.execute(statement)
            before = application_rows(connection)
            assert everything_read(connection, toy) == clean, statement
            answer = recommend_videos(connection, None, toy.users[1])  # type: ignore[arg-type]
            assert answer.videos == popular, statement
            assert _counts(_quarantined(connection, "run-1")) == expected
            quarantined = [
                ("run-1", name, "quarantined", n) for name, n in sorted(expected.items())
            ]
            assert _kept(cursor) == quarantined
            assert application_rows(connection) == before


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("columns", "flag", "column"),
    [
        ("price = 0", "price outside 0.01 to 1,000,000", "price"),
        ("price = -5", "price outside 0.01 to 1,000,000", "price"),
        ("price = 'NaN'", "price outside 0.01 to 1,000,000", "price"),
        ("price = 2e6", "price outside 0.01 to 1,000,000", "price"),
        ("duration_seconds = -60", "duration_seconds outside 1 to 86,400", "duration_seconds"),
        ("duration_seconds = 0", "duration_seconds outside 1 to 86,400", "duration_seconds"),
    ],
)
def test_an_impossible_value_is_missing_and_flagged_while_its_row_stays(
    world: tuple[Connection, ToyWorld], columns: str, flag: str, column: str
) -> None:
    """The same as NULL to every reader: to the mean price of who liked the video, too."""
    connection, toy = world
    with trial(connection) as cursor:
        cursor.execute(f"UPDATE videos SET {column} = NULL WHERE video_id = {VIDEO}")
        missing = everything_read(connection, toy)
    with trial(connection) as cursor:
        cursor.execute(f"UPDATE videos SET {columns} WHERE video_id = {VIDEO}")
        assert everything_read(connection, toy) == missing
        assert _quarantined(connection, "run-1") == [Finding("videos", flag, "missing", 1, 60)]
        assert _kept(cursor) == [("run-1", f"videos: {flag}", "missing", 1)]


@pytest.mark.postgres
@pytest.mark.parametrize(("column", "longest"), [("title", 500), ("description", 5_000)])
def test_a_long_text_is_cut_in_every_reader_and_flagged(
    world: tuple[Connection, ToyWorld], column: str, longest: int
) -> None:
    """150 kB say no more than what they begin with; the row that is kept is short."""
    connection, toy = world
    with trial(connection) as cursor:
        cursor.execute(f"UPDATE videos SET {column} = repeat('長い', {longest // 2})")
        short = everything_read(connection, toy)
        assert _quarantined(connection, "run-0") == []
        cursor.execute(f"UPDATE videos SET {column} = {column} || repeat('い話', 37000)")
        assert everything_read(connection, toy) == short
        flag = f"{column} longer than {longest:,} characters"
        assert _quarantined(connection, "run-1") == [Finding("videos", flag, "cut", 60, 60)]
        cursor.execute("SELECT max(length(source_row ->> 'description')) FROM two_tower.quarantine")
        (kept,) = cursor.fetchone()
        assert kept == 200 if column == "description" else kept < 20


@pytest.mark.postgres
def test_a_count_of_ours_is_clipped(world: tuple[Connection, ToyWorld]) -> None:
    connection, toy = world
    with trial(connection) as cursor:
        cursor.execute(
            "INSERT INTO tags SELECT gen_random_uuid(), 't' || n FROM generate_series(1, 1100) n;"
            f"INSERT INTO video_tags SELECT {VIDEO}, tag_id FROM tags WHERE name ~ '^t[0-9]'"
        )
        *_, catalogue, _, _ = everything_read(connection, toy)
        assert max(row["tag_count"] for row in catalogue) == 1000
        (finding,) = _quarantined(connection, "run-1")
        assert finding == Finding("videos", "tag_count outside 0 to 1,000", "clipped", 1, 60)


@pytest.mark.postgres
def test_a_video_of_the_future_is_flagged_and_neither_trained_on_nor_recommended(
    world: tuple[Connection, ToyWorld],
) -> None:
    connection, toy = world
    with trial(connection) as cursor:
        cursor.execute(f"INSERT INTO videos (video_id, title, released_at) VALUES"
                       f" ({NEW}, 'soon', now() + interval '9 days')")  # fmt: skip
        _, train, valid, pairs, catalogue, *_ = everything_read(connection, toy)
        assert NEW.strip("'") in {row["video_id"] for row in catalogue}
        asked = {video for row in (*train, *valid) for video in row["pair_videos"]}
        assert NEW.strip("'") not in asked | {row["video_id"] for row in pairs}
        answer = recommend_videos(connection, None, toy.users[0], 60)  # type: ignore[arg-type]
        assert "soon" not in {video.title for video in answer.videos}
        (finding,) = _quarantined(connection, "run-1")
        assert finding == Finding("videos", "released in the future", "kept", 1, 61)


@pytest.mark.postgres
def test_a_rerun_writes_its_rows_anew_and_few_of_many_are_kept(
    world: tuple[Connection, ToyWorld], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, _ = world
    monkeypatch.setattr(store, "KEPT", 3)
    with trial(connection) as cursor:
        cursor.execute("UPDATE user_video_decisions SET decision = 'meh'")
        for run in ("run-1", "run-2", "run-1"):
            (finding,) = _quarantined(connection, run)
            assert finding[2:] == ("quarantined", 1600, 1600)
        name = "user_video_decisions: unknown decision"
        assert _kept(cursor) == [(run, name, "quarantined", 3) for run in ("run-1", "run-2")]
        cursor.execute("SELECT DISTINCT source_row ->> 'decision' FROM two_tower.quarantine")
        assert cursor.fetchall() == [("meh",)]
        cursor.execute("UPDATE two_tower.quarantine SET found_at = now() - interval '31 days'")
        _quarantined(connection, "run-3")
        assert [run for run, *_ in _kept(cursor)] == ["run-3"]


def test_a_share_above_the_limit_stops_the_run_and_one_at_it_does_not() -> None:
    found = [
        Finding("users", "missing key", "quarantined", 5, 100),
        Finding("videos", "missing title", "quarantined", 30, 1000),
        Finding("videos", "unreadable text", "quarantined", 21, 1000),
        Finding("videos", "price outside", "missing", 900, 1000),
    ]
    check_shares(found[:2], 0.05)
    check_shares(found[3:], 0.05)
    with pytest.raises(DataError) as caught:
        check_shares(found, 0.05)
    assert str(caught.value) == (
        "expected at most 5.0% bad rows in videos, got 51 of 1,000, 5.1%"
        " (missing title 30, unreadable text 21):"
        " look at two_tower.quarantine and fix them, or raise QUARANTINE_LIMIT"
    )
