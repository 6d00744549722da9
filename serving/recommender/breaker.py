"""Circuit breaker with a probe in the background: no request waits for what is down.

closed --(failures in a row)--> open --(the probe succeeds)--> closed
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread

__all__ = ["Breaker", "OpenError"]


class OpenError(Exception):
    """The dependency is down; its message says since which failure."""


class Breaker:
    """State of one dependency; safe to use from many threads.

    No kept library has a probe of its own beside a state that requests read.

    Args:
        name: of the dependency.
        probe: asks it once; raises if it is down. Called in a thread while the breaker is open.
        failures: failures in a row that open it.
        every_s: seconds between two probes.
    """

    def __init__(
        self, name: str, probe: Callable[[], object], *, failures: int = 3, every_s: float = 0.5
    ) -> None:
        self.name = name
        self._probe, self._most, self._every_s = probe, failures, every_s
        self._lock, self._stop = Lock(), Event()
        self._in_a_row, self._reason = 0, ""

    @property
    def reason(self) -> str:
        """The failure that opened it; empty while it is closed."""
        return self._reason

    def check(self) -> None:
        """Return at once.

        Raises:
            OpenError: if it is open.
        """
        if self._reason:
            raise OpenError(f"{self.name} is down: {self._reason}")

    def succeeded(self) -> None:
        """A request was answered."""
        self._in_a_row = 0

    def failed(self, reason: str) -> None:
        """A request was not answered; the last of several in a row opens the breaker."""
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row < self._most:
                return
        self.open(reason)

    def open(self, reason: str) -> None:
        """It is known to be down."""
        with self._lock:
            if self._reason:
                return
            self._reason = reason
        Thread(target=self._watch, name=f"probe of {self.name}", daemon=True).start()

    def close(self) -> None:
        """End the probe."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self._probe()
            except Exception:  # noqa: BLE001, S112  # whatever it is, the dependency is down
                continue
            with self._lock:
                self._in_a_row, self._reason = 0, ""
            return
