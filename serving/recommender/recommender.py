"""The recommender of a process that stays: answers from many threads, whatever breaks."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random

from releases.experiments.logs import Event
from releases.registry import Version
from releases.search import NOBODY
from schema.database import Connection, session
from schema.errors import DatabaseError, DataError, ModelServerError
from schema.signatures import MODEL_NAME
from serving.model_client import ModelServerClient
from serving.recommender import people
from serving.recommender.answer import Answer, Item, Rung
from serving.recommender.breaker import Breaker, OpenError
from serving.recommender.catalogue import checked_titles
from serving.recommender.context import Context, read_context, read_contexts, taken
from serving.recommender.deadline import Deadline, LateError
from serving.recommender.health import Health
from serving.recommender.ladder import Found, Ladder, UnknownUsers
from serving.recommender.log import Log, exposures_of
from serving.recommender.many import fresh_lists
from serving.recommender.memory import Memory
from serving.recommender.pool import Pool
from serving.recommender.request import Filters, Request, UnknownVersionError
from serving.recommender.rungs import RungError
from serving.recommender.state import State

__all__ = ["Options", "Recommender"]

NOTHING_FITS = "no video that the process knows meets the conditions"
_PATIENCE_S = 5.0
"""Deadline of what is no answer: the page's lists."""


@dataclass(frozen=True)
class Options:
    """How answers are made.

    Attributes:
        deadline_s: seconds for an answer.
        many_deadline_s: seconds for the answers of a batch that are found together.
        connections: connections to the database.
        refresh_s: seconds between two refreshes of what the process keeps.
        copy_most: videos of a version above which no copy of it is kept.
        epsilon: share of places of a popularity list that are given to cold videos.
        seed: of their draw.
        unknown_users: what answers a user without a decision.
    """

    deadline_s: float = 0.2
    many_deadline_s: float = 1.0
    connections: int = 8
    refresh_s: float = 60.0
    copy_most: int = 300_000
    epsilon: float = 0.1
    seed: int = 7
    unknown_users: UnknownUsers = UnknownUsers.MODEL


class Recommender:
    """The owner calls `start` once and `close` at the end.

    Args:
        database_url: URL for `schema.database.connect`; for exposures and events its role may
            insert into two tables of `two_tower`, and needs no other right to write.
        model_server_url: root of the model server.
        options: how answers are made.
    """

    def __init__(
        self, database_url: str, model_server_url: str, options: Options | None = None
    ) -> None:
        self._options = options or Options()
        self._url = database_url
        self._pool = Pool(database_url, self._options.connections)
        self._client = ModelServerClient(
            model_server_url, MODEL_NAME, retry_for_s=0.0, down_for_s=0.0,
            connect_timeout_s=self._options.deadline_s,
        )  # fmt: skip
        self.state = State(
            database_url, every_s=self._options.refresh_s, most=self._options.copy_most
        )
        self.database = Breaker("the database", self._ask_database)
        self.model_server = Breaker("the model server", self._ask_model_server)
        random = Random(self._options.seed)  # noqa: S311
        self._ladder = Ladder(
            self._client, self.model_server, self._options.epsilon, random,
            self._options.unknown_users,
        )  # fmt: skip
        self._memory, self._log = Memory(), Log(database_url)

    def start(self) -> None:
        """Read what the process keeps; what is away is asked again in the background."""
        self.state.start()
        self.start_asking()
        self._log.start()

    def start_asking(self) -> None:
        """Ask the model server once; while it is down, the probe asks on."""
        try:
            self._ask_model_server()
        except ModelServerError as error:
            self.model_server.open(str(error))

    def close(self) -> None:
        """End threads and connections."""
        parts = (self.state, self._log, self.database, self.model_server, self._client, self._pool)
        for part in parts:
            part.close()

    def recommend(self, request: Request) -> Answer:
        """The best videos for a user, by the best rung that has an answer.

        Raises:
            UnknownVersionError: the request names a version that is not one of `versions`.
            DatabaseError: nothing can be said: the database is away, and nothing is remembered.
        """
        self._check_version(request)
        deadline, request_id = Deadline(self._options.deadline_s), str(uuid.uuid4())
        try:
            with self._snapshot(deadline) as connection:
                context = read_context(connection, request, deadline, self.state)
                found = self._ladder.climb(context, request_id)
                return self._answer(context, found, request_id)
        except (LateError, OpenError, DatabaseError) as error:
            return self._remembered(request, request_id, str(error))

    def recommend_many(self, requests: Sequence[Request]) -> list[Answer]:
        """Answers in the order of the requests: fresh ones together, the others one by one.

        Raises:
            UnknownVersionError, DatabaseError: as `recommend` does, for any of them.
        """
        try:
            together = self._together(requests)
        except (LateError, OpenError, DatabaseError, RungError):
            together = {}
        return [
            together.get(place) or self.recommend(request) for place, request in enumerate(requests)
        ]

    def _together(self, requests: Sequence[Request]) -> dict[int, Answer]:
        """Answers by the place of their request, of those whom the fresh rung answers in full."""
        deadline, answers = Deadline(self._options.many_deadline_s), dict[int, Answer]()
        with self._snapshot(deadline) as connection:
            contexts = read_contexts(connection, requests, deadline, self.state)
            found = fresh_lists(contexts, self._client, self.model_server)
            for place, (context, items) in enumerate(zip(contexts, found, strict=True)):
                full = len(items) == context.request.limit
                if full and self._ladder.asks_model(context):
                    whole = Found(Rung.FRESH, items)
                    answers[place] = self._answer(context, whole, str(uuid.uuid4()))
        return answers

    def versions(self) -> list[Version]:
        """Versions that a request may name, as of the last refresh, the newest first."""
        return self.state.versions

    def similar(self, video_id: str, limit: int) -> Answer:
        """The videos nearest to this one, by the live version.

        Raises:
            DataError: the live version has no such video.
            DatabaseError: the database is away.
        """
        request = Request(NOBODY, limit, frozenset({video_id}))
        deadline = Deadline(self._options.deadline_s)
        with self._in_time(deadline) as connection:
            context = read_context(connection, request, deadline, self.state)
            index = self.state.index(context.version)
            if index is None or video_id not in index.rows:
                raise DataError("a video of the live version", "another id", "look it up in videos")
            vector = index.vectors[index.rows[video_id]]
            found = index.ranked(vector, context.gone, Filters(), limit)
            items = taken(context, found)
        return Answer(str(uuid.uuid4()), context.version, Rung.STORED, "", "", items)

    def log_events(self, events: Sequence[Event]) -> None:
        """Keep what users did with videos of answers; written within seconds."""
        self._log.put(events)

    def sample_users(self, limit: int) -> list[str]:
        """UUIDs of the users with the most decisions."""
        with self._in_time(Deadline(_PATIENCE_S)) as connection:
            return people.sample_users(connection, limit)

    def liked_titles(self, user_id: str, limit: int) -> list[str]:
        """Titles of the newest likes of a user; empty for an unknown one."""
        with self._in_time(Deadline(_PATIENCE_S)) as connection:
            return people.liked_titles(connection, user_id, limit)

    def health(self) -> Health:
        """One look at the dependencies; asks none of them."""
        index = self.state.index(self.state.live) if self.state.live else None
        wrong = {
            "database": self.database.reason, "model server": self.model_server.reason,
            "index": "" if index else "no copy of the live version yet",
        }  # fmt: skip
        age_s = time.time() - self.state.live_since
        videos = len(index) if index else 0
        return Health(wrong, self.state.live, age_s, videos, self.state.without_vector)

    @contextmanager
    def _snapshot(self, deadline: Deadline) -> Iterator[Connection]:
        self.database.check()
        try:
            with self._pool.snapshot(deadline) as connection:
                yield connection
        except DatabaseError as error:
            self.database.failed(str(error))
            raise
        self.database.succeeded()

    @contextmanager
    def _in_time(self, deadline: Deadline) -> Iterator[Connection]:
        """As `_snapshot`, where nothing is remembered: any outage is a DatabaseError."""
        try:
            with self._snapshot(deadline) as connection:
                yield connection
        except (LateError, OpenError) as error:
            raise _no_answer(str(error)) from None

    def _answer(self, context: Context, found: Found, request_id: str) -> Answer:
        request, experiment = context.request, context.state.experiment
        of_model = found.rung in {Rung.FRESH, Rung.STORED}
        if request.filters == Filters() and found.items and not request.version:
            self._memory.keep(request.user_id, found.items)
        items = found.items
        if request.explain and of_model:
            items = self._explained(context, items)
        answer = Answer(
            request_id, context.version if of_model else "", found.rung,
            "; ".join(found.reasons), context.arm, items,
            0.0 if of_model else round(self.state.popularity.age_s, 1), context.deadline.timings_ms,
        )  # fmt: skip
        if experiment is not None and not request.version:
            self._log.put(exposures_of(request, answer, experiment.name))
        return answer

    def _explained(self, context: Context, items: list[Item]) -> list[Item]:
        """With the title of the liked video that lies nearest."""
        index = context.index
        if index is None or not context.liked:
            return items
        because = {i.video_id: index.nearest_of(i.video_id, context.liked) for i in items}
        titles = checked_titles(context.connection, [v for v in because.values() if v])
        return [replace(i, because=titles.get(because[i.video_id] or "")) for i in items]

    def _check_version(self, request: Request) -> None:
        there = [one.version for one in self.state.versions]
        if request.version and request.version not in there:
            expected = f"a version among {', '.join(there) or 'none'}"
            raise UnknownVersionError(expected, request.version, "see `make versions`")

    def _remembered(self, request: Request, request_id: str, reason: str) -> Answer:
        """By what the process knows alone: the user's last answer, else the most liked videos."""
        found = self._memory.find(request) if request.filters == Filters() else None
        items, age_s = found or (self.state.popular_items(request), self.state.popularity.age_s)
        knows_videos = bool(self.state.catalogue.videos)
        if request.version or not (items or knows_videos):
            raise _no_answer(reason)
        if not items:
            reason = f"{reason}; {NOTHING_FITS}"
        return Answer(request_id, "", Rung.MEMORY, reason, "", items, round(age_s, 1))

    def _ask_model_server(self) -> None:
        """Raises ModelServerError unless it serves the live version."""
        state = self._client.versions().get(self.state.live, "no such version")
        if state != "AVAILABLE":
            raise ModelServerError(
                f"the live version {self.state.live} to be AVAILABLE", state, "wait, or push it"
            )

    def _ask_database(self) -> None:
        with session(self._url, readonly=True) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")


def _no_answer(reason: str) -> DatabaseError:
    return DatabaseError("an answer of the database", f'"{reason}"', "try again later")
