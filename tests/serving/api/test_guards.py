"""Keys, rate, hosts, sizes and places."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import threading
import time
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from starlette.types import Message, Receive, Scope, Send

from serving.api.body import Body
from serving.api.keys import Keys, new_key
from serving.api.queue import Places, Queue
from tests.serving.api.conftest import Service, Start
from tests.serving.api.fake import USER, FakeRecommender

PATH = f"/v1/users/{USER}/recommendations"
KEY = "tt_key-of-a-test"
HASH = hashlib.sha256(KEY.encode()).hexdigest()
OPEN = ("/", "/page.js", "/page.css", "/openapi.json", "/healthz", "/readyz", "/metrics")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("POST", "/v1/recommendations"),
        ("GET", f"/v1/videos/{USER}/similar"),
        ("POST", "/v1/events"),
        ("GET", "/v1/users"),
        ("GET", f"/v1/users/{USER}/liked"),
        ("GET", "/v1/nothing"),
    ],
)
def test_without_a_key_nothing_is_answered(start: Start, method: str, path: str) -> None:
    service = start(key_hashes=(HASH,))
    for headers in ({}, {"X-API-Key": "wrong"}, {"X-API-Key": HASH}):
        response = service.session.request(method, service.url + path, headers=headers, timeout=9)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"]
    assert not service.recommender.traces


def test_each_accepted_key_is_answered(start: Start) -> None:
    service = start(key_hashes=("0" * 64, HASH, "1" * 64))
    assert service.get(PATH, headers={"X-API-Key": KEY}).status_code == 200


def test_page_health_and_metrics_are_open(start: Start) -> None:
    service = start(key_hashes=(HASH,), rate="1/minute")
    assert {service.get(path).status_code for path in OPEN} == {200}


def test_every_hash_is_compared_in_constant_time() -> None:
    compared = []

    def compare(left: str, right: str) -> bool:
        compared.append(right)
        return left == right

    with patch.object(hmac, "compare_digest", compare):
        assert Keys((HASH, "0" * 64)).name(KEY) == HASH[:8]
    assert compared == [HASH, "0" * 64]


def test_a_new_key_is_accepted_by_its_hash_and_no_two_are_equal() -> None:
    (key, hashed), (other, _) = new_key(), new_key()
    assert Keys((hashed,)).name(key) == hashed[:8]
    assert not Keys((hashed,)).name(other)


def test_a_key_has_its_own_rate(start: Start) -> None:
    other = "tt_other"
    service = start(key_hashes=(HASH, hashlib.sha256(other.encode()).hexdigest()), rate="2/hour")
    answers = [service.get(PATH, headers={"X-API-Key": KEY}) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 7200
    assert service.get(PATH, headers={"X-API-Key": other}).status_code == 200


def test_without_keys_an_address_has_the_rate(start: Start) -> None:
    service = start(rate="1/hour")
    assert [service.get(PATH).status_code for _ in range(2)] == [200, 429]


def test_wrong_keys_are_limited_too(start: Start) -> None:
    service = start(key_hashes=(HASH,), rate="1/hour")
    wrong = [service.get(PATH, headers={"X-API-Key": f"{n}"}).status_code for n in range(2)]
    assert wrong == [401, 429]
    assert service.get(PATH, headers={"X-API-Key": KEY}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:1", 200), ("LOCALHOST", 200), ("[::1]:1", 200), ("evil.example", 421)],
)
def test_on_loopback_another_site_s_name_is_refused(
    service: Service, host: str, status: int
) -> None:
    for path in ("/", PATH):
        assert service.get(path, headers={"Host": host}).status_code == status


def test_named_hosts_take_the_place_of_the_loopback_names(start: Start) -> None:
    service = start(hosts="Videos.example")
    assert service.get(PATH, headers={"Host": "videos.example:443"}).status_code == 200
    assert service.get(PATH).status_code == 421


def test_elsewhere_any_host_is_answered(start: Start) -> None:
    service = start(host="0.0.0.0")  # noqa: S104  # the test itself listens on loopback
    assert service.get(PATH, headers={"Host": "videos.example"}).status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_body_is_refused(service: Service, *, chunked: bool) -> None:
    large = b" " * (2 * 2**20 + 1)
    pieces = (large[:1000], large[1000:])
    response = service.session.post(
        f"{service.url}/v1/events", data=iter(pieces) if chunked else large, timeout=20
    )
    assert response.status_code == 413


def test_a_slow_body_is_refused_and_holds_no_place(start: Start) -> None:
    with patch.object(Body.__init__, "__kwdefaults__", {"bytes_most": 9, "seconds_most": 0.3}):
        service = start(workers=1, queue=0)
        parts = urlsplit(service.url)
        with socket.create_connection((parts.hostname, parts.port)) as slow:
            head = "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{"
            slow.sendall(head.encode())
            assert service.get(PATH).status_code == 200
            assert slow.recv(99).startswith(b"HTTP/1.1 408 ")


def _waiting(service: Service, number: int) -> list[threading.Thread]:
    threads = [threading.Thread(target=service.get, args=(PATH,)) for _ in range(number)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 10
    while _queue(service) != number:
        assert time.monotonic() < until
        time.sleep(0.01)
    return threads


def _queue(service: Service) -> int:
    lines = service.get("/metrics").text.splitlines()
    return sum(int(float(line.split()[1])) for line in lines if line.startswith("two_tower_queue{"))


def test_beyond_the_queue_is_a_503_at_once_and_health_still_answers(start: Start) -> None:
    service = start(FakeRecommender(), workers=2, queue=1)
    service.recommender.gate.clear()
    threads = _waiting(service, 3)
    response = service.get(PATH)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.json()["type"].endswith(":queue-full")
    time.sleep(1.1)  # so that both workers have begun, and health is asked again
    assert len(service.recommender.traces) == 2  # two work, one waits
    assert {service.get(path).status_code for path in OPEN} == {200}
    service.recommender.gate.set()
    for thread in threads:
        thread.join()
    assert service.get(PATH).status_code == 200
    assert _queue(service) == 0


def test_a_place_comes_free_after_an_error(start: Start) -> None:
    service = start(FakeRecommender(error=ValueError()), workers=1, queue=0)
    assert [service.get(PATH).status_code for _ in range(3)] == [500, 500, 500]


def test_a_client_that_reads_slowly_holds_no_place() -> None:
    """By the layer itself: between two processes the buffers of the system take any answer."""
    places = Places(workers=1, waiting=0)
    taken = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        taken.append(places.working)
        await send({"type": "http.response.start"})

    async def send(_message: Message) -> None:
        taken.append(places.working)

    async def receive() -> Message:
        return {}

    asyncio.run(Queue(app, places)({"type": "http", "path": "/v1/users"}, receive, send))
    assert taken == [1, 0]
