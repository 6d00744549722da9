"""The recommender: walks the ladder from the best rung down until one has an answer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from schema.database import Connection, session
from schema.errors import DatabaseError
from schema.signatures import MODEL_NAME
from serving.model_client import ModelServerClient
from serving.recommender import rungs
from serving.recommender.answer import Answer, Item, Rung
from serving.recommender.breaker import Breaker, OpenError
from serving.recommender.catalogue import checked_titles
from serving.recommender.context import Context, read_context, taken
from serving.recommender.deadline import Deadline, LateError
from serving.recommender.exploration import explored
from serving.recommender.health import Health
from serving.recommender.memory import Memory
from serving.recommender.pool import Pool
from serving.recommender.request import Filters, Request
from serving.recommender.rungs import RungError
from serving.recommender.state import State

__all__ = ["Options", "Recommender"]

_COLD_MOST = 200
NOTHING_LEFT = "no further video is left for this user"


@dataclass(frozen=True)
class Options:
    """How answers are made.

    Attributes:
        deadline_s: seconds for an answer.
        connections: connections to the database.
        refresh_s: seconds between two refreshes of what the process keeps.
        epsilon: share of places of a popularity list that are given to cold videos.
        seed: of their draw.
    """

    deadline_s: float = 0.2
    connections: int = 8
    refresh_s: float = 10.0
    epsilon: float = 0.1
    seed: int = 7


class Recommender:
    """Answers from many threads; the owner calls `start` once and `close` at the end.

    Args:
        database_url: URL for `schema.database.connect`; a read-only role is enough.
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
        self.state = State(database_url, every_s=self._options.refresh_s)
        self._memory = Memory()
        self._random = Random(self._options.seed)  # noqa: S311
        self.database = Breaker("the database", self._ask_database)
        self.model_server = Breaker("the model server", self._client.versions)

    def start(self) -> None:
        """Read what the process keeps; a database that is away is asked again later."""
        self.state.start()

    def close(self) -> None:
        """End threads and connections."""
        for part in (self.state, self.database, self.model_server, self._client, self._pool):
            part.close()

    def recommend(self, request: Request) -> Answer:
        """The best videos for a user, by the best rung that has an answer.

        Raises:
            DatabaseError: nothing can be said: the database is away, and nothing is remembered.
        """
        deadline = Deadline(self._options.deadline_s)
        try:
            with self._snapshot(deadline) as connection:
                return self._climbed(read_context(connection, request, deadline, self.state))
        except (LateError, OpenError) as error:
            return self._remembered(request, str(error))
        except DatabaseError as error:
            self.database.failed(str(error))
            return self._remembered(request, str(error))

    def recommend_many(self, requests: Sequence[Request]) -> list[Answer]:
        """Answers in the order of the requests."""
        return [self.recommend(request) for request in requests]

    def health(self) -> Health:
        """One look at the dependencies; asks none of them."""
        index = self.state.index(self.state.live) if self.state.live else None
        no_index = "" if index else "no copy of the live version yet"
        return Health(
            {
                "database": self.database.reason, "model server": self.model_server.reason,
                "index": no_index,
            },
            self.state.live, time.time() - self.state.live_since, len(index) if index else 0,
        )  # fmt: skip

    @contextmanager
    def _snapshot(self, deadline: Deadline) -> Iterator[Connection]:
        self.database.check()
        with self._pool.snapshot(deadline) as connection:
            yield connection
        self.database.succeeded()

    def _climbed(self, context: Context) -> Answer:
        """The first rung with items; the reasons of those above it."""
        reasons = list[str]()
        for rung, climb in self._ladder():
            started = time.perf_counter()
            try:
                items = climb(context)
            except (RungError, LateError) as error:
                reasons.append(str(error))
                continue
            if items:
                took = {rung.value: (time.perf_counter() - started) * 1000}
                items = self._filled(context, items, reasons)
                return self._answer(context, rung, items, reasons, took)
        return self._answer(context, Rung.POPULAR, [], [*reasons, NOTHING_LEFT], {})

    def _filled(self, context: Context, items: list[Item], reasons: list[str]) -> list[Item]:
        """With popular videos at the end, if the rung knows too few; `reasons` says from where."""
        lacking = context.request.limit - len(items)
        if not lacking:
            return items
        listed = {item.video_id for item in items}
        try:
            rest = taken(context, (one for one in rungs.popular(context) if one[0] not in listed))
        except (RungError, LateError):
            rest = []
        if rest:
            reasons.append(f"popular videos from place {len(items) + 1} on")
        if len(rest) < lacking:
            reasons.append(NOTHING_LEFT)
        more = [replace(item, rank=len(items) + item.rank) for item in rest[:lacking]]
        return [*items, *more]

    def _ladder(self) -> list[tuple[Rung, Callable[[Context], list[Item]]]]:
        return [
            (Rung.FRESH, self._fresh),
            (Rung.STORED, lambda c: taken(c, rungs.nearest(c, rungs.stored_vector(c)))),
            (Rung.GENRES, lambda c: taken(c, rungs.genres(c))),
            (Rung.POPULAR, self._popular),
        ]

    def _fresh(self, context: Context) -> list[Item]:
        vector = rungs.fresh_vector(context, self._client, self.model_server)
        return taken(context, rungs.nearest(context, vector))

    def _popular(self, context: Context) -> list[Item]:
        items = taken(context, rungs.popular(context))
        least_liked = islice(reversed(list(rungs.popular(context))), _COLD_MOST)
        cold = taken(context, least_liked) if self._options.epsilon else []
        return explored(items, cold, self._options.epsilon, self._random)

    def _answer(
        self,
        context: Context,
        rung: Rung,
        items: list[Item],
        reasons: list[str],
        took: dict[str, float],
    ) -> Answer:
        of_model = rung in {Rung.FRESH, Rung.STORED}
        if context.request.filters == Filters() and items:
            self._memory.keep(context.request, items, popular=rung is Rung.POPULAR)
        if context.request.explain and of_model:
            items = self._explained(context, items)
        return Answer(
            request_id=str(uuid.uuid4()),
            model_version=context.version if of_model else "",
            rung=rung, reason="; ".join(reasons), arm=context.arm, items=items,
            age_s=0.0 if of_model else round(self.state.popularity.age_s, 1), timings_ms=took,
        )  # fmt: skip

    def _explained(self, context: Context, items: list[Item]) -> list[Item]:
        """With the title of the liked video that lies nearest."""
        index = self.state.index(context.version)
        if index is None or not context.liked:
            return items
        because = {i.video_id: index.nearest_of(i.video_id, context.liked) for i in items}
        titles = checked_titles(context.connection, [v for v in because.values() if v])
        return [replace(i, because=titles.get(because[i.video_id] or "")) for i in items]

    def _remembered(self, request: Request, reason: str) -> Answer:
        found = self._memory.find(request)
        if not found.items or request.filters != Filters():
            raise DatabaseError("an answer of the database", f'"{reason}"', "try again later")
        return Answer(
            request_id=str(uuid.uuid4()), model_version="", rung=Rung.MEMORY, reason=reason, arm="",
            items=found.items, age_s=round(found.age_s, 1),
        )  # fmt: skip

    def _ask_database(self) -> None:
        with session(self._url, readonly=True) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
