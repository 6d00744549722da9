"""Threads and connections: quick requests do not wait for predictions, no client is refused."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["BODY_BYTES_MAX", "CONNECTIONS_MAX", "Lanes", "Server"]

BODY_BYTES_MAX = 2 * 2**20
"""Largest body of a request; 256 users with histories of 50 are 1.7 MB. Parsing JSON holds the
interpreter, so a longer body would delay the status, too.
"""
CONNECTIONS_MAX = 1000
_IDLE_S = 60


class Lanes(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Threads for predictions, and one for everything else: status, metadata, metrics, refusals."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._quick = ThreadedTaskDispatcher()
        self._quick.set_thread_count(1)
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Called with a connection whose next request is complete."""
        request = task.requests[0]
        if request.command == "POST" and not request.error:
            super().add_task(task)
        else:
            self._quick.add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:  # noqa: FBT001, FBT002
        """End the threads of both."""
        self._quick.shutdown(cancel_pending, timeout)
        return bool(super().shutdown(cancel_pending, timeout))


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Waitress on an open port; at the limit of connections, the one idle longest is closed."""

    def __init__(
        self,
        application: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]],
        listener: socket.socket,
        threads: int,
    ) -> None:
        _allow_files()
        adjustments = Adjustments(
            connection_limit=CONNECTIONS_MAX + 100,  # never reached: it would stop accepting
            max_request_body_size=BODY_BYTES_MAX,
            channel_timeout=_IDLE_S,
            asyncore_use_poll=True,  # select() ends at 1024 descriptors
            ident=None,
        )
        address = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            application, _sock=listener, dispatcher=Lanes(threads), adj=adjustments,
            sockinfo=address, bind_socket=False,
        )  # fmt: skip

    def handle_accept(self) -> None:
        """Close the connection idle longest if the limit is reached, then accept."""
        while len(self.active_channels) >= CONNECTIONS_MAX:
            idle = [c for c in list(self.active_channels.values()) if not c.requests]
            if not idle:
                break
            min(idle, key=lambda channel: channel.last_activity).handle_close()
        super().handle_accept()


def _allow_files() -> None:
    """Raise the limit of file descriptors to the allowed maximum; 1,024 is the usual default."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
