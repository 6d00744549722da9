"""Requests of many users to the function, each with a token of its own, at a fixed rate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import urllib3

from benchmarks.rate import at_rate
from serving.edge_function import EdgeFunction
from serving.edge_tokens import Signer

__all__ = ["Caller", "Reply"]

CONNECTIONS = 16


class Reply(NamedTuple):
    """What came of one request.

    Attributes:
        ms: milliseconds from the moment at which it was due until the whole answer was there.
        status: of HTTP.
        answer: the document.
    """

    ms: float
    status: int
    answer: dict[str, Any]


class Caller:
    """Asks as these users.

    Args:
        function: which one.
        signer: of the tokens that it trusts.
        users: UUIDs as text.
    """

    def __init__(self, function: EdgeFunction, signer: Signer, users: Sequence[str]) -> None:
        self._url = f"{function.url}?limit=20"
        self._headers = [
            {"Authorization": f"Bearer {signer.token(function.supabase_url, user)}"}
            for user in users
        ]
        self._http = urllib3.PoolManager(maxsize=CONNECTIONS, block=True, retries=False, timeout=30)

    def ask(self, number: int, due: float | None = None) -> Reply:
        """One answer, for a user by turns.

        Raises:
            urllib3.exceptions.HTTPError: no connection.
        """
        due = time.perf_counter() if due is None else due
        headers = self._headers[number % len(self._headers)]
        reply = self._http.request("GET", self._url, headers=headers)
        answer = orjson.loads(reply.data)
        return Reply((time.perf_counter() - due) * 1000, reply.status, answer)

    def at_rate(self, count: int, per_second: float) -> list[Reply]:
        """Each request when it is due, whatever the answers take."""
        asked = at_rate(
            range(count), per_second, CONNECTIONS, lambda number, _, due: self.ask(number, due)
        )
        return [one.result() for one in asked]
