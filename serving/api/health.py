"""One look at the recommender's health at a time, which everyone who asks within a second shares.

It has a thread of its own: the status does not wait behind answers
(docs/decisions/0027-status-has-its-own-thread.md).
"""

from __future__ import annotations

import re
import time
from asyncio import Lock
from collections.abc import Callable

from anyio import CapacityLimiter, fail_after, to_thread

from serving.recommender.health import Health

__all__ = ["Look", "cleaned"]

_KEPT_S = 1.0
_ADDRESS = re.compile(r"\w+://\S+|(?<![\w.])/[\w.~-]+\S*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CHARACTERS = 200


class Look:
    """Asks `health`, or says that it did not answer within `patience_s`."""

    def __init__(self, health: Callable[[], Health], patience_s: float = 2.0) -> None:
        self._health, self._patience_s = health, patience_s
        self._lock, self._thread = Lock(), CapacityLimiter(1)
        self._last: Health | None = None
        self._at = 0.0

    async def __call__(self) -> Health:
        """The health as of now, or of the last second."""
        async with self._lock:
            if self._last is None or time.monotonic() - self._at > _KEPT_S:
                self._last, self._at = await self._ask(), time.monotonic()
            return self._last

    async def _ask(self) -> Health:
        try:
            with fail_after(self._patience_s):
                return await to_thread.run_sync(
                    self._health, abandon_on_cancel=True, limiter=self._thread
                )
        except TimeoutError:
            wrong = f"no answer within {self._patience_s:g} s"
            return Health({"recommender": wrong}, "", 0.0, 0)


def cleaned(text: str) -> str:
    """One line without addresses, paths and UUIDs."""
    return _ADDRESS.sub("…", " ".join(text.split()))[:_CHARACTERS]
