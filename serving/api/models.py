"""What goes in and what comes out, with its bounds. Names that are not here are refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from releases.registry import State
from serving.recommender.answer import Rung
from serving.recommender.request import LIMIT_MOST, Filters, Request

__all__ = [
    "Alive", "AnswerOut", "Answers", "ItemOut", "Liked", "Limit", "Problem", "Question",
    "Questions", "Ready", "Users", "VersionOut", "Versions", "Wanted",
]  # fmt: skip

USERS_MOST = 256
EXCLUDED_MOST = 5_000
VIDEOS_MOST = 12_800


def _moment(value: object) -> datetime:
    """A moment in UTC; a date alone is its midnight."""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T00:00:00Z"
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise ValueError("a date, or a moment with a zone such as 2026-01-31T00:00:00Z") from None


def _number(text: str) -> str:
    if not re.fullmatch("[0-9]+", text):
        raise ValueError("a version's number, in digits")
    return text


Limit = Annotated[int, Field(ge=1, le=LIMIT_MOST, description="most videos of the answer")]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Number = Annotated[
    str, Field(max_length=19, json_schema_extra={"pattern": "^[0-9]+$"}), AfterValidator(_number)
]
Price = Annotated[float, Field(ge=0, le=1e9)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, protected_namespaces=())


class Wanted(_Strict):
    """How many videos, and which."""

    limit: Limit = 20
    genre: Name | None = Field(None, description="equal to the video's")
    maker: Name | None = Field(None, description="equal to the video's")
    price_max: Price | None = Field(None, description="the video has a price, none above this")
    released_since: Moment | None = Field(None, description="a date, or a moment with a zone")
    explain: bool = Field(False, description="1: each video names the liked one nearest to it")  # noqa: FBT003
    version: Number | None = Field(
        None, description="one of /v1/versions; a look that experiments do not count"
    )

    def request(self, user_id: UUID, exclude: frozenset[str] = frozenset()) -> Request:
        """The recommender's request for this user."""
        filters = Filters(self.genre, self.maker, self.price_max, self.released_since)
        return Request(
            str(user_id), self.limit, exclude, filters, self.explain, self.version or ""
        )  # fmt: skip


class Question(Wanted):
    """One user's request."""

    user_id: UUID
    exclude: list[UUID] = Field(
        default_factory=list,
        max_length=EXCLUDED_MOST,
        description="further videos to leave out; the next page excludes those of the pages before",
    )

    def asked(self) -> Request:
        """The recommender's request."""
        return self.request(self.user_id, frozenset(map(str, self.exclude)))


class Questions(_Strict):
    """Requests of several users."""

    requests: list[Question] = Field(min_length=1, max_length=USERS_MOST)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if sum(one.limit for one in self.requests) > VIDEOS_MOST:
            raise ValueError(f"limits whose sum is at most {VIDEOS_MOST}")
        return self


class ItemOut(_Strict):
    """One video; rank 1 is the best, and a higher score is better."""

    video_id: UUID
    rank: int
    score: float
    title: str
    because: str | None = Field(None, description="title of the liked video nearest to it")


class AnswerOut(_Strict):
    """Videos, and how they were found."""

    request_id: UUID = Field(description="events name it")
    model_version: str = Field(description="empty if no model took part")
    rung: Rung = Field(description="the way to the answer, the best one first")
    reason: str = Field(description="why it is no higher rung, or fewer videos than asked")
    arm: Literal["", "control", "candidate"] = Field(description="of the experiment that runs")
    items: list[ItemOut]


class Answers(_Strict):
    """In the order of the requests."""

    answers: list[AnswerOut]


class VersionOut(_Strict):
    """A version that requests may name."""

    version: str
    state: State
    since: datetime = Field(description="when it last went live; if it never did, was staged")
    videos: int = Field(description="videos that it has a vector of")


class Versions(_Strict):
    """Versions that requests may name, the newest first."""

    versions: list[VersionOut]


class Users(_Strict):
    """Users with the most decisions."""

    users: list[UUID]


class Liked(_Strict):
    """Titles of what a user likes, the newest first."""

    titles: list[str]


class Alive(_Strict):
    """The process answers."""

    status: Literal["alive"]


class Ready(_Strict):
    """What an answer stands on."""

    status: Literal["ready"]
    dependencies: dict[str, str] = Field(description="by name: ok, or what is wrong")
    live_version: str
    live_age_s: float = Field(description="seconds since it went live")
    index_videos: int = Field(description="videos in this process's copy of the vectors")


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(description="a URN of the kind of problem, or about:blank")
    title: str
    status: int
    detail: str = Field(description="expected, got, what to do")
    trace_id: str = Field(description="the log has a line with it")
    errors: list[dict[str, str]] | None = Field(
        None, description="each fault of the request, with its place"
    )
