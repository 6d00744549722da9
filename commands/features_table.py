"""Table that `make features` prints: raw features of one user at a moment, or of one video."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from rich.markup import escape
from rich.table import Table

from schema import features as schema_table
from schema.database import Connection
from schema.errors import DataError, SetupError
from schema.feature import Column, Feature, Kind, Side
from serving.instances import Instance
from serving.user_features import extract_user_features
from serving.video_features import extract_video_features

__all__ = ["Question", "features_data", "features_table", "parse_question", "parse_uuid"]

SHOWN = 8
"""Printed values of a list, the first ones."""
LONGEST = 80
"""Printed characters of a value."""
COMMAND = "make features USER=<id> [AT=<time>], or VIDEO=<id>"


class Question(NamedTuple):
    """The user or video, and the moment in UTC, of the requested features."""

    side: Side
    key: str
    at: datetime


def parse_question(user: str, video: str, at: str) -> Question:
    """The question by these arguments; an empty one was not given.

    Raises:
        SetupError: for both a user and a video, for neither, for an id that is not a UUID, and for
            a moment that is not ISO 8601 with a zone.
    """
    if bool(user) == bool(video):
        got = "both" if user else "neither"
        raise SetupError("one user or one video", got, f"call `{COMMAND}`")
    side = Side.USER if user else Side.VIDEO
    return Question(side, parse_uuid(user or video, side, COMMAND), _moment(at))


def parse_uuid(text: str, side: str, command: str) -> str:
    """A UUID in lower case.

    Raises:
        SetupError: for anything else.
    """
    try:
        return str(UUID(text))
    except ValueError as error:
        advice = f"call `{command}` with a {side}_id of the table {side}s"
        raise SetupError(f"a UUID as the {side}", repr(text), advice) from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text or datetime.now(UTC).isoformat())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise SetupError(
        "AT in ISO 8601 with a zone", repr(text), "write it such as 2026-01-31T12:00:00+09:00"
    )


def features_table(connection: Connection, question: Question) -> Table:
    """One line for each input of the model: name, value, unit and description.

    Raises:
        DataError: if there is no such user or video.
    """
    title = f"one {question.side}"
    if question.side is Side.USER:
        title += f", strictly before {question.at.isoformat()}"
    table = Table(title=title, title_justify="left")
    for heading in ("name", "value", "unit", "about"):
        table.add_column(heading)
    for line in _lines(question.side, _instance(connection, question)):
        table.add_row(*map(escape, line))
    return table


def features_data(connection: Connection, question: Question) -> dict[str, Any]:
    """The same as data, in full; a missing number is null.

    Raises:
        DataError: if there is no such user or video.
    """
    instance = _instance(connection, question)
    found = [
        {"name": row.name, "value": value, "unit": row.unit, "about": row.about}
        for row in schema_table.features(question.side)
        for value in _values(row, instance)
    ]
    return {"side": question.side, "at": question.at, "features": found}


def _values(row: Feature, instance: Instance) -> Iterator[Any]:
    """The value of a feature that is an input of the model: one for each of its columns."""
    if row.kind is Kind.SHARES:
        keys, counts = (_present(instance, column) for column in row.columns)
        yield dict(zip(keys, counts, strict=True))
        return
    for column in row.columns:
        if column.name in instance:
            values = _present(instance, column)
            yield values if column.is_list else next(iter(values), None)


def _instance(connection: Connection, question: Question) -> Instance:
    if question.side is Side.VIDEO:
        return extract_video_features(connection, question.key, question.at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM users WHERE user_id = %s", (question.key,))
        if not cursor.rowcount:
            raise DataError("a user of the table users", "none of this id", "look it up there")
    return extract_user_features(connection, question.key, question.at)


def _lines(side: Side, instance: Instance) -> Iterator[tuple[str, str, str, str]]:
    for row in schema_table.features(side):
        if row.kind is Kind.SHARES:
            yield (row.name, _shares(row, instance), row.unit, row.about)
        else:
            for column in row.columns:
                if column.name in instance:
                    nothing = "none" if column.is_list else "missing"
                    value = _text(_present(instance, column), nothing)
                    yield (row.name, value, row.unit, row.about)


def _shares(row: Feature, instance: Instance) -> str:
    keys, counts = (_present(instance, column) for column in row.columns)
    return _text([f"{key} {count:g}" for key, count in zip(keys, counts, strict=True)], "none")


def _present(instance: Instance, column: Column) -> list[Any]:
    """The values without padding and without replacements of missing ones."""
    value: Any = instance[column.name]
    return [v for v in (value if column.is_list else [value]) if v != column.absent]


def _text(values: list[Any], nothing: str) -> str:
    if not values:
        return nothing
    shown = [f"{v:.10g}" if isinstance(v, float) else _short(str(v)) for v in values[:SHOWN]]
    more = f" … {len(values)} in all" if len(values) > SHOWN else ""
    return ", ".join(shown) + more


def _short(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]} … {len(text):,} characters in all"
