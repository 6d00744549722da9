"""The service over the fake recommender, on a free loopback port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from serving.api.server import http_server, listening
from serving.api.settings import Settings
from tests.serving.api.fake import FakeRecommender


@dataclass(frozen=True)
class Service:
    """A running service."""

    url: str
    recommender: FakeRecommender
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **more: Any) -> requests.Response:
        """GET `path`."""
        return self.session.get(self.url + path, timeout=20, **more)

    def post(self, path: str, body: object, **more: Any) -> requests.Response:
        """POST `body`: bytes as they are, anything else as JSON."""
        if isinstance(body, bytes):
            more["data"] = body
        else:
            more["json"] = body
        return self.session.post(self.url + path, timeout=20, **more)


Start = Callable[..., Service]


@contextmanager
def running(recommender: FakeRecommender, settings: Settings) -> Iterator[Service]:
    """The service, in a thread of this process."""
    listener = listening(Settings(port=0))
    server = http_server(recommender, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    try:
        yield Service(f"http://127.0.0.1:{listener.getsockname()[1]}", recommender)
    finally:
        recommender.gate.set()
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a service with these settings."""
    with ExitStack() as stack:

        def begin(recommender: FakeRecommender | None = None, **settings: Any) -> Service:
            made = running(recommender or FakeRecommender(), Settings(**settings))
            return stack.enter_context(made)

        yield begin


@pytest.fixture
def service(start: Start) -> Service:
    """The service with its defaults."""
    return start()
