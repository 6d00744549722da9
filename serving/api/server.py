"""The service on an open port, until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from contextlib import closing
from types import FrameType
from typing import NoReturn

import uvicorn
from threadpoolctl import threadpool_limits

from schema.errors import SetupError
from serving.api.app import create_app
from serving.api.port import Recommender
from serving.api.settings import Settings
from serving.heap import share_heaps

__all__ = ["http_server", "listening", "serve"]

_LOG = logging.getLogger("serving.api")
_GRACE_S = 10
_SWITCH_S = 0.0005
"""Longest turn of a thread while others wait. A refresh of what the process keeps computes for a
tenth of a second, and an answer gives up its turn at each of its dozen reads and writes: with
Python's 5 ms it would then take 60 ms longer."""


def listening(settings: Settings) -> socket.socket:
    """The open port; opened before the recommender, so that a taken one fails at once.

    Raises:
        SetupError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    except OSError as error:
        expected = f"to listen on {settings.host}:{settings.port}"
        advice = "stop what listens there or choose another --port (0 takes any free one)"
        raise SetupError(expected, os.strerror(error.errno or 0).lower(), advice) from error
    # asyncio sets it for sockets of its own alone; without it each answer waits 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(recommender: Recommender, settings: Settings, listener: socket.socket) -> None:
    """Answers until a signal; then ends the requests that are under way, and closes both."""
    _share_cores()
    server = http_server(recommender, settings)
    # Uvicorn sends the signal again when it has ended: without a handler it would kill.
    for sent in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sent, _end)
    with closing(recommender), listener:
        _announce(settings, listener)
        server.run(sockets=[listener])


def http_server(recommender: Recommender, settings: Settings) -> uvicorn.Server:
    """The server of `create_app`; its own lines have paths, so it writes none about requests."""
    logging.getLogger("uvicorn.access").disabled = True
    config = uvicorn.Config(
        create_app(recommender, settings), http="h11", ws="none", loop="asyncio", log_config=None,
        access_log=False, server_header=False, proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )  # fmt: skip
    return uvicorn.Server(config)


def _share_cores() -> None:
    """Threads take short turns, a product of matrices takes one core, all share two heaps.

    OpenBLAS would let its other threads spin for 20 ms after each product, ten times the product's
    own time. glibc would give each thread a heap of its own, whose free space no other one uses.
    """
    sys.setswitchinterval(_SWITCH_S)
    threadpool_limits(1, "blas")
    share_heaps(2)


def _announce(settings: Settings, listener: socket.socket) -> None:
    loopback = settings.host in {"127.0.0.1", "::1", "localhost"}
    if not (loopback or settings.key_hashes):
        _LOG.warning("no API key is asked for on %s: set API_KEY_HASHES", settings.host)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"http://{host}:{listener.getsockname()[1]}/", flush=True)  # noqa: T201


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
