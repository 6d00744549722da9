"""Beam's gRPC servers in a node's process, on Unix sockets.

FnApiRunner would listen on every interface, without authentication, and its workers would look
for it at the machine's full name, which need not resolve.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from apache_beam.runners.portability.fn_api_runner import worker_handlers

__all__ = ["on_sockets"]


class _Sockets:
    """In place of the module grpc: servers whose ports are whole addresses of sockets."""

    def __init__(self, folder: str) -> None:
        self._addresses = (f"unix:{folder}/{number}" for number in itertools.count())

    def server(self, *given: Any, **options: Any) -> Any:
        """A server of grpc; each port that is added is the next socket."""
        server = grpc.server(*given, **options)
        add = server.add_insecure_port

        def add_socket(_: str) -> str:
            address = next(self._addresses)
            add(address)
            return address

        server.add_insecure_port = add_socket
        return server


@contextmanager
def on_sockets() -> Iterator[None]:
    """For a block, servers of FnApiRunner listen on sockets in a folder of this user's own."""
    usual = worker_handlers.grpc
    with tempfile.TemporaryDirectory(prefix="beam-") as folder:
        worker_handlers.grpc = _Sockets(folder)
        try:
            yield
        finally:
            worker_handlers.grpc = usual
