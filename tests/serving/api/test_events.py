"""Events over HTTP become rows for the reports of experiments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from releases.experiments.logs import Event
from tests.serving.api.conftest import Service
from tests.serving.api.fake import ANSWER_ID, VIDEOS

VIDEO = VIDEOS[0][0]
PLACE = {"request_id": ANSWER_ID, "video_id": VIDEO}


def test_each_kind_of_event_is_kept(service: Service) -> None:
    at = {"happened_at": "2026-11-28T12:00:00Z"}
    events = [
        {"kind": "exposure", **PLACE, **at},
        {"kind": "click", **PLACE, **at},
        {"kind": "dwell", "dwell_s": 12.5, **PLACE, **at},
    ]
    response = service.post("/v1/events", {"events": events})
    assert (response.status_code, response.json()) == (202, {"accepted": 3})
    moment = datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert service.recommender.events == [
        Event(ANSWER_ID, VIDEO, moment, clicked=False),
        Event(ANSWER_ID, VIDEO, moment, clicked=True),
        Event(ANSWER_ID, VIDEO, moment, clicked=False, dwell_s=12.5),
    ]


def test_an_event_without_a_moment_happened_now(service: Service) -> None:
    service.post("/v1/events", {"events": [{"kind": "click", **PLACE}]})
    (event,) = service.recommender.events
    assert abs(datetime.now(UTC) - event.happened_at) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "like", **PLACE},
        {"kind": "dwell", **PLACE},
        {"kind": "dwell", "dwell_s": -1, **PLACE},
        {"kind": "dwell", "dwell_s": 86_401, **PLACE},
        {"kind": "dwell", "dwell_s": "nan", **PLACE},
        {"kind": "click", "dwell_s": 1, **PLACE},
        {"kind": "click", **PLACE, "happened_at": "2026-11-28T12:00:00"},
        {"kind": "click", **PLACE, "request_id": "1"},
        {"kind": "click", **PLACE, "user_id": VIDEO},
    ],
)
def test_what_is_no_event_is_refused(service: Service, event: object) -> None:
    assert service.post("/v1/events", {"events": [event]}).status_code == 422


@pytest.mark.parametrize("number", [0, 1001])
def test_none_and_too_many_events_are_refused(service: Service, number: int) -> None:
    response = service.post("/v1/events", {"events": [{"kind": "click", **PLACE}] * number})
    assert response.status_code == 422
    assert not service.recommender.events


def test_a_page_of_another_site_cannot_send_events_as_plain_text(service: Service) -> None:
    body = b'{"events": [{"kind": "click"}]}'
    response = service.post("/v1/events", body, headers={"Content-Type": "text/plain"})
    assert response.status_code == 422
    assert "Content-Type: application/json" in response.json()["detail"]
