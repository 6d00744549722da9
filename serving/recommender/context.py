"""What all rungs of one answer share: the user's decisions, arm and version in one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from releases.experiments.assignment import Arm, assign
from schema.database import Connection
from schema.query import sql_file
from serving.recommender.answer import Item
from serving.recommender.catalogue import checked_titles
from serving.recommender.deadline import Deadline
from serving.recommender.index import VideoIndex
from serving.recommender.request import Request
from serving.recommender.state import State

__all__ = ["MORE", "Context", "read_context", "read_contexts", "taken"]

_CONTEXT = sql_file("serving/context").text
MORE = 16
"""Videos checked beyond the limit: some may be gone or unreleased since the last refresh."""


@dataclass(frozen=True)
class Context:
    """One answer's.

    Attributes:
        request: what is asked.
        connection: in the answer's snapshot.
        deadline: of the answer.
        state: what the process keeps.
        version: the version of the arm; empty if none is live.
        arm: name of the arm; empty if no experiment runs.
        gone: UUIDs that must not be recommended: decided on, or excluded.
        liked: UUIDs of the last liked videos, newest first.
        known: whether the user has decided on any video.
    """

    request: Request
    connection: Connection
    deadline: Deadline
    state: State
    version: str
    arm: str
    gone: frozenset[str]
    liked: list[str]
    known: bool

    @property
    def index(self) -> VideoIndex | None:
        """The process's copy of the version; none is loaded for a version that a request names."""
        return self.state.index(self.version, load=not self.request.version)


def read_context(
    connection: Connection, request: Request, deadline: Deadline, state: State
) -> Context:
    """Reads pointer and decisions in one statement."""
    (context,) = read_contexts(connection, [request], deadline, state)
    return context


def read_contexts(
    connection: Connection, requests: Sequence[Request], deadline: Deadline, state: State
) -> list[Context]:
    """The same of several requests, in their order, by one statement and in one snapshot."""
    with connection.cursor() as cursor:
        users = sorted({request.user_id for request in requests})
        cursor.execute(_CONTEXT, {"user_ids": users})
        read = {user: (live or "", decided, liked) for user, live, decided, liked in cursor}
    found = []
    for request in requests:
        live, decided, liked = read[request.user_id]
        arm = Arm("", request.version or live)
        if state.experiment is not None and not request.version:
            arm = assign(connection, state.experiment, request.user_id)
        gone = request.exclude.union(decided)
        about = (arm.version, arm.name, gone, liked, bool(decided))
        found.append(Context(request, connection, deadline, state, *about))
    return found


def taken(context: Context, ranked: Iterator[tuple[str, float]]) -> list[Item]:
    """The first `limit` of (id, score), best first, that may be recommended as of now.

    The process's copies may be some seconds old: existence, release and filters are checked again
    by the database.
    """
    limit, items = context.request.limit, list[Item]()
    while len(items) < limit:
        context.deadline.begin("search")
        some = list(islice(ranked, limit - len(items) + MORE))
        if not some:
            break
        context.deadline.begin("titles")
        ids = [video for video, _ in some]
        titles = checked_titles(context.connection, ids, context.request.filters)
        items += [Item(v, 0, score, titles[v]) for v, score in some if v in titles]
    return [replace(item, rank=rank) for rank, item in enumerate(items[:limit], 1)]
