"""Serves a folder of pages on a free loopback port, for a browser on this machine."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["folder_server"]

HOST = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Files alone, and only to who asks for this address: a name could be another site's."""

    def send_head(self) -> Any:
        """The file, or an error."""
        if self.headers.get("Host") != "{}:{}".format(*self.connection.getsockname()):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        return super().send_head()

    def list_directory(self, path: object) -> None:
        """No list of a folder without an index."""
        del path
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal has the address."""


def folder_server(folder: Path) -> ThreadingHTTPServer:
    """A server that is bound, and answers as soon as it is run."""
    return ThreadingHTTPServer((HOST, 0), partial(_Handler, directory=str(folder)))
