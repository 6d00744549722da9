"""The parts of the service's bench that judge: a wrong reply must not pass for a right one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from benchmarks.serving.load import Reply, closed_loop, open_loop, percentiles
from benchmarks.serving.replies import Judge, Kept, Model, Vectors, keep

USERS = Vectors({"u": 0}, np.array([[1.0, 0.0]], np.float32))
TWO = [
    Model(USERS, Vectors({"a": 0, "b": 1}, np.array([[0.9, 0.1], [0.5, 0.5]], np.float32))),
    Model(USERS, Vectors({"a": 0, "b": 1}, np.array([[0.1, 0.9], [0.2, 0.8]], np.float32))),
]
LIVES = [(-1.0, -0.9, "2"), (10.0, 10.5, "3")]
RIGHT = Kept(5.0, 20.0, 200, "fresh", "2", "", "u", ["a", "b"], [0.9, 0.5])


def _wrong(kept: Kept, seen: str = "") -> str:
    return Judge(TWO, {"u": set(seen)}, {"a", "b"}, LIVES).wrong(kept)


def test_right_replies() -> None:
    assert _wrong(RIGHT) == ""
    later = RIGHT._replace(at_s=10.6, version="3", scores=[0.1, 0.2])
    assert _wrong(later) == ""
    assert _wrong(RIGHT._replace(rung="popular", version="", reason="why", scores=[9, 8])) == ""
    assert _wrong(Kept(1.0, 1.0, 503, "", "", "urn:x:queue-full", "u", [], [])) == ""


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"status": 500}, "HTTP 500"),
        ({"status": 503, "reason": "urn:x:no-database"}, "HTTP 503"),
        ({"status": 0}, "HTTP 0"),
        ({"videos": [], "scores": []}, "no video"),
        ({"videos": ["a", "x"]}, "an unreleased video"),
        ({"rung": "popular", "version": ""}, "a lower rung without a reason"),
        ({"version": "3", "scores": [0.1, 0.2]}, "a version that was not live"),
        ({"at_s": 11.0}, "a version that was not live"),
        ({"scores": [0.1, 0.2]}, "scores of another version"),
    ],
)
def test_wrong_replies(change: dict[str, object], what: str) -> None:
    assert _wrong(RIGHT._replace(**change)) == what


def test_a_seen_video_is_wrong() -> None:
    assert _wrong(RIGHT, seen="b") == "a seen video"


def test_either_version_is_right_while_the_switch_is_under_way() -> None:
    for version, scores in (("2", [0.9, 0.5]), ("3", [0.1, 0.2])):
        assert _wrong(RIGHT._replace(at_s=10.2, version=version, scores=scores)) == ""


class _Slow(BaseHTTPRequestHandler):
    """Answers after 50 ms; the first request after 400."""

    protocol_version = "HTTP/1.1"
    turn = threading.Lock()
    asked = 0

    def do_GET(self) -> None:
        with self.turn:
            type(self).asked += 1
            time.sleep(0.4 if self.asked == 1 else 0.05)
        body = json.dumps({"rung": "fresh", "reason": "", "items": []}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def slow() -> Iterator[str]:
    _Slow.asked = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), _Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_open_loop_counts_the_time_that_requests_wait(slow: str) -> None:
    """One at a time and 0.4 s for the first: the second, due after 0.1 s, waits for 0.35."""
    got: list[Reply] = []
    open_loop(slow, ["/v1/users/u/x"] * 3, 10, got.append)
    by_due = [reply.ms for reply in sorted(got)]
    assert [reply.status for reply in got] == [200] * 3
    assert all(ms > least for ms, least in zip(by_due, (399, 340, 290), strict=True))
    assert keep(got[0]).user == "u"


def test_a_closed_loop_asks_as_soon_as_it_is_answered(slow: str) -> None:
    got: list[Reply] = []
    rate = closed_loop(slow, iter(["/"] * 5), 1, got.append)
    assert len(got) == 5
    assert rate < 5 / 0.6
    low, high = percentiles(got, 0, 100)
    assert 50 < low < high
    assert high > 400


def test_a_lost_connection_is_a_reply_of_status_0() -> None:
    got: list[Reply] = []
    open_loop("http://127.0.0.1:9", ["/"], 10, got.append)
    assert [reply.status for reply in got] == [0]
