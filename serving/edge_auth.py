"""A stand-in for Supabase Auth on loopback: it publishes the keys of a signer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from serving.edge_tokens import Signer

__all__ = ["auth_server"]

KEYS = "/auth/v1/.well-known/jwks.json"


class _Handler(BaseHTTPRequestHandler):
    """The key set at its path, nothing else."""

    def __init__(self, document: bytes, *args: Any) -> None:
        self._document = document
        super().__init__(*args)

    def do_GET(self) -> None:
        """The key set, or 404."""
        if self.path != KEYS:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self._document)))
        self.end_headers()
        self.wfile.write(self._document)

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is the command's."""


@contextmanager
def auth_server(signer: Signer) -> Iterator[str]:
    """Its root, the `SUPABASE_URL` of a function that trusts this signer alone."""
    handler = partial(_Handler, signer.key_set().encode())
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield "http://{}:{}".format(*server.server_address[:2])
        server.shutdown()
