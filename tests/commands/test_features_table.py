"""`make features` shows what a request would send, by name and with its unit."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console
from rich.table import Table

from commands.features_table import features_table, parse_question
from schema.database import Connection, connect
from schema.errors import DataError, SetupError
from tests.commands.test_main import _command, _line
from tests.toy_world import START, ToyWorld, fill

ID = "ABCDEF00-0000-0000-0000-000000000001"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


@pytest.fixture
def world(connection: Connection) -> ToyWorld:
    return fill(connection)


def _cells(table: Table) -> dict[str, tuple[str, ...]]:
    """Value, unit and about by name."""
    name, *rest = ([str(cell) for cell in column.cells] for column in table.columns)
    return dict(zip(name, zip(*rest, strict=True), strict=True))


def test_a_question_names_a_side_an_id_in_lower_case_and_a_moment_in_utc() -> None:
    asked = parse_question(ID, "", "2026-01-31T12:00:00+09:00")
    assert asked == ("user", ID.lower(), datetime(2026, 1, 31, 3, tzinfo=UTC))
    asked = parse_question("", ID, "")
    assert asked[:2] == ("video", ID.lower())
    assert timedelta(0) <= datetime.now(UTC) - asked.at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("", "", ""), "expected one user or one video, got neither: call `make features USER="),
        ((ID, ID, ""), "expected one user or one video, got both"),
        (("root", "", ""), "expected a UUID as the user, got 'root'"),
        (("", "9", ""), "expected a UUID as the video, got '9'"),
        ((ID, "", "2026-01-31T12:00:00"), "expected AT in ISO 8601 with a zone, got '2026-"),
        ((ID, "", "yesterday"), "expected AT in ISO 8601 with a zone, got 'yesterday'"),
        ((ID, "", "0001-01-01T00:00:00+09:00"), "expected AT in ISO 8601 with a zone, got '0001"),
    ],
)
def test_another_question_is_refused_in_one_line(words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(SetupError) as caught:
        parse_question(*words)
    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)


@pytest.mark.postgres
def test_a_user_s_table_is_as_of_the_moment_asked_for(
    connection: Connection, world: ToyWorld
) -> None:
    """The toy world's user 0 after its first block: two likes of its own taste, two nopes."""
    at = START + timedelta(days=4)
    table = features_table(connection, parse_question(world.users[0], "", at.isoformat()))
    cells = _cells(table)
    assert cells["total_likes"] == ("2", "likes", "likes so far")
    assert cells["nope_share"][:2] == ("0.5", "share")
    assert cells["days_active"][:2] == ("4", "days")
    assert cells["liked_genres"][:2] == ("even 2", "likes")
    assert len(cells["liked_videos"][0].split(", ")) == 2
    assert "user_id" not in cells
    assert "2025-01-05T00:00:00+00:00" in str(table.title)


@pytest.mark.postgres
def test_a_long_history_is_cut_and_counted_and_what_is_not_there_is_said(
    connection: Connection, world: ToyWorld
) -> None:
    now = _cells(features_table(connection, parse_question(world.users[0], "", "")))
    assert now["liked_videos"][0].endswith(" … 29 in all")
    assert now["liked_videos"][0].count(",") == 7
    never = parse_question(world.users[0], "", START.isoformat())
    cells = _cells(features_table(connection, never))
    assert (cells["total_likes"][0], cells["avg_price"][0]) == ("0", "missing")
    assert (cells["liked_genres"][0], cells["liked_videos"][0]) == ("none", "none")


@pytest.mark.postgres
def test_a_video_s_table_and_no_markup_in_what_people_wrote(
    connection: Connection, world: ToyWorld
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE videos SET maker = '[red]' WHERE video_id = %s", (world.videos[2],))
    table = features_table(connection, parse_question("", world.videos[2], ""))
    cells = _cells(table)
    assert cells["duration_seconds"] == ("1200", "seconds", "running time")
    assert cells["tags"][0] == "classic, even"
    console = Console(width=200)
    with console.capture() as said:
        console.print(table)
    assert "[red]" in said.get()


@pytest.mark.postgres
def test_a_long_text_is_cut_and_its_length_told(connection: Connection, world: ToyWorld) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE videos SET description = repeat('x', 150000)")
    cells = _cells(features_table(connection, parse_question("", world.videos[0], "")))
    assert re.fullmatch(r".{80} … 5,0\d\d characters in all", cells["text"][0])


@pytest.mark.postgres
@pytest.mark.parametrize("side", ["user", "video"])
def test_an_unknown_id_is_an_error_that_does_not_repeat_it(
    connection: Connection, side: str
) -> None:
    words = (ID, "", "") if side == "user" else ("", ID, "")
    with pytest.raises(DataError, match=f"expected a {side} of the table {side}s, got none") as e:
        features_table(connection, parse_question(*words))
    assert ID.lower() not in str(e.value).lower()


@pytest.mark.postgres
def test_the_command_prints_the_table_and_an_unknown_id_is_one_line(
    tmp_path: Path, database: str
) -> None:
    with closing(connect(database)) as connection:
        user = fill(connection).users[0]
    done = _command(tmp_path, "features", "--user", user, DATABASE_URL=database)
    assert done.returncode == 0
    assert "total_likes" in done.stdout
    begun = (START + timedelta(days=4)).isoformat()
    asked = ("features", "--user", user, "--at", begun, "--json")
    data = json.loads(_command(tmp_path, *asked, DATABASE_URL=database).stdout)
    assert (data["side"], data["at"]) == ("user", "2025-01-05T00:00:00+00:00")
    values = {row["name"]: row["value"] for row in data["features"]}
    assert (values["total_likes"], values["liked_genres"]) == (2, {"even": 2})
    assert len(values["liked_videos"]) == 2
    assert set(data["features"][0]) == {"name", "value", "unit", "about"}
    done = _command(tmp_path, "features", "--video", str(UUID(int=1)), DATABASE_URL=database)
    assert _line(done).startswith("error: expected a video of the table videos")


def test_make_does_not_take_the_login_for_the_user_asked_about() -> None:
    said = subprocess.run(
        ["make", "--dry-run", "features", f"VIDEO={ID}"],
        env={**os.environ, "USER": "root"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert f'--user "" --video "{ID}"' in said
