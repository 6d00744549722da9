"""A model server that did not answer is left alone for some seconds."""

from __future__ import annotations

import socket
from contextlib import closing
from threading import Thread

import pytest

from schema.errors import ModelServerError
from serving.model_client import ModelServerClient
from serving.outage import Outage
from tests.serving.conftest import wait_for


def test_after_a_failure_one_caller_at_a_time_finds_out() -> None:
    now = [100.0]
    outage = Outage(5, clock=lambda: now[0])
    assert not outage.is_on()
    outage.begin()
    now[0] += 4.9
    assert outage.is_on()
    now[0] += 0.2
    assert [outage.is_on() for _ in range(3)] == [False, True, True]
    now[0] += 5
    assert not outage.is_on()
    outage.end()
    assert [outage.is_on() for _ in range(3)] == [False, False, False]


def test_without_a_memory_every_call_tries() -> None:
    outage = Outage(0)
    outage.begin()
    assert not any(outage.is_on() for _ in range(3))


@pytest.mark.parametrize(("down_for_s", "tries"), [(60.0, 1), (0.0, 3)])
def test_a_dead_server_is_asked_once(down_for_s: float, tries: int) -> None:
    """It hangs up on each connection, and counts them."""
    accepted = []

    def hang_up() -> None:
        while True:
            try:
                accepted.append(listener.accept()[0].close())
            except OSError:
                return

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        Thread(target=hang_up, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with ModelServerClient(url, "m", retry_for_s=0, down_for_s=down_for_s) as client:
            for _ in range(3):
                with pytest.raises(ModelServerError, match="start the model server"):
                    client.embed_users([{"x": 1.0}], "7")
            wait_for(lambda: len(accepted) == tries)
            with pytest.raises(ModelServerError):
                client.versions()  # who waits for a server must be able to ask
        wait_for(lambda: len(accepted) == tries + 1)
        listener.shutdown(socket.SHUT_RDWR)
