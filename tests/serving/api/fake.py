"""A recommender with known answers, and switches for what may go wrong."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from releases.experiments.logs import Event
from releases.registry import State, Version
from schema.errors import DataError
from serving import trace
from serving.recommender.answer import Answer, Item, Rung
from serving.recommender.health import Health
from serving.recommender.request import Request, UnknownVersionError

__all__ = ["ANSWER_ID", "USER", "VERSIONS", "VIDEOS", "FakeRecommender"]


def _version(version: str, state: State, released: datetime | None) -> Version:
    staged = datetime.fromtimestamp(int(version), UTC)
    return Version(version, state, staged, released, 1, 943, 1682, 9_000_000, {}, {}, "")


USER = "5a1c0a52-6c1b-4f0e-9d3a-2f4f3c6a7b10"
ANSWER_ID = "0d6f3c1e-8a57-4a0b-b2f4-6a9f5f0f3c21"
VIDEOS = (
    ("9b2f7c1a-3f1d-4f5a-8a53-0f4a6f1e2d01", "Slow River, Part 3"),
    ("9b2f7c1a-3f1d-4f5a-8a53-0f4a6f1e2d02", "夜の物語 第8話"),
    ("9b2f7c1a-3f1d-4f5a-8a53-0f4a6f1e2d03", "The 12 Lanterns"),
)
VERSIONS = [
    _version("1764298800", State.CHECKED, None),
    _version("1764295200", State.LIVE, datetime(2025, 11, 28, 2, 30, tzinfo=UTC)),
    _version("1764208800", State.STANDBY, datetime(2025, 11, 27, 2, 30, tzinfo=UTC)),
]
HEALTHY = Health({"database": "", "model server": "", "index": ""}, "1764295200", 5400.0, 1682)


@dataclass
class FakeRecommender:
    """Knows three videos, which the standby version has in the other order.

    Attributes:
        error: raised by every question.
        state: what `health` gives.
        gate: while it is closed, questions wait.
        asked: every request, in order.
        events: every event, in order.
        traces: the trace header at each question.
    """

    error: Exception | None = None
    state: Health = HEALTHY
    gate: threading.Event = field(default_factory=threading.Event)
    asked: list[Request] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self.gate.set()

    def recommend(self, request: Request) -> Answer:
        self._meet()
        self.asked.append(request)
        if request.version and request.version not in [one.version for one in VERSIONS]:
            raise UnknownVersionError("a known version", request.version, "choose another")
        ranked = VIDEOS[::-1] if request.version == VERSIONS[2].version else VIDEOS
        left = [one for one in ranked if one[0] not in request.exclude][: request.limit]
        answer = _answer(left, VIDEOS[1][1] if request.explain else None)
        return replace(answer, model_version=request.version or answer.model_version)

    def versions(self) -> list[Version]:
        return VERSIONS

    def recommend_many(self, requests: Sequence[Request]) -> list[Answer]:
        return [self.recommend(one) for one in requests]

    def similar(self, video_id: str, limit: int) -> Answer:
        self._meet()
        if video_id not in dict(VIDEOS):
            raise DataError("a known video", video_id, "choose another")
        found = _answer([one for one in VIDEOS if one[0] != video_id][:limit], None)
        return replace(found, rung=Rung.STORED, reason="", timings_ms={})

    def health(self) -> Health:
        return self.state

    def log_events(self, events: Sequence[Event]) -> None:
        self._meet()
        self.events.extend(events)

    def sample_users(self, limit: int) -> list[str]:
        self._meet()
        return [USER, str(UUID(int=7))][:limit]

    def liked_titles(self, user_id: str, limit: int) -> list[str]:
        self._meet()
        return [title for _, title in VIDEOS[1:]][:limit] if user_id == USER else []

    def close(self) -> None:
        self.closed = True

    def _meet(self) -> None:
        self.traces.append(trace.current())
        assert self.gate.wait(20)
        if self.error:
            raise self.error


def _answer(videos: Sequence[tuple[str, str]], because: str | None) -> Answer:
    items = [
        Item(video_id, rank, 1 - rank / 8, title, because=because, propensity=0.25)
        for rank, (video_id, title) in enumerate(videos, 1)
    ]
    reason = "" if len(items) == len(VIDEOS) else "fewer videos meet the conditions"
    timings = {"features": 1.5, "model server": 4.25, "search": 0.75}
    return Answer(ANSWER_ID, "1764295200", Rung.FRESH, reason, "", items, timings_ms=timings)
