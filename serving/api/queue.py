"""How many requests are answered and wait; the next one is refused at once."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.paths import guarded
from serving.api.problems import RETRY_S, ProblemError

__all__ = ["Places", "Queue"]


class Places:
    """Places of workers and of those who wait. Used by the event loop alone: no lock.

    Args:
        workers: requests answered at the same time.
        waiting: requests that may wait.
    """

    def __init__(self, workers: int, waiting: int) -> None:
        self._workers, self._most = workers, workers + waiting
        self._taken = 0

    @property
    def waiting(self) -> int:
        """Requests without a worker."""
        return max(0, self._taken - self._workers)

    @property
    def working(self) -> int:
        """Requests with a worker."""
        return min(self._taken, self._workers)

    def take(self) -> None:
        """One more request.

        Raises:
            ProblemError: 503, no place is free.
        """
        if self._taken >= self._most:
            detail = "expected a free place, got a full queue: try again as Retry-After says"
            raise ProblemError(503, "queue-full", detail, retry_s=RETRY_S)
        self._taken += 1

    def leave(self) -> None:
        """One less."""
        self._taken -= 1


class Queue:
    """A layer in which a request has a place until its response begins.

    A client that reads slowly holds no place: the worker has gone on by then.
    """

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self._app, self._places = app, places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Takes a place, then goes on."""
        if not guarded(scope):
            await self._app(scope, receive, send)
            return
        self._places.take()
        held = [True]

        async def sending(message: Message) -> None:
            self._leave(held)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            self._leave(held)

    def _leave(self, held: list[bool]) -> None:
        if held:
            held.clear()
            self._places.leave()
