"""The metrics, as Prometheus reads them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from schema.errors import SetupError
from serving.model_server.config import read_metrics_path
from serving.model_server.metrics import Metrics
from serving.model_server.routes import match
from serving.model_server.status import Code
from tests.serving.conftest import NAME, VERSION, Server, embedded

PATH = "/monitoring/prometheus/metrics"
REQUESTS = ":tensorflow:serving:request_count"
LATENCY = ":tensorflow:serving:request_latency"
LOADS = ":tensorflow:cc:saved_model:load_attempt_count"
PREDICT = {"model_name": NAME, "API": "predict", "entrypoint": "REST"}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def _samples(text: str) -> Samples:
    """Name and labels to value; the parser adds `_total` to the names of counters."""
    return {
        (sample.name.removesuffix("_total"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _value(text: str, name: str, **labels: str) -> float:
    return _samples(text)[name, frozenset(labels.items())]


def _buckets(text: str) -> dict[float, float]:
    """Upper limit in µs to how many predictions took no longer."""
    return {
        float(dict(labels)["le"]): value
        for (name, labels), value in _samples(text).items()
        if name == f"{LATENCY}_bucket" and ("API", "predict") in labels
    }


# On a running server


@pytest.fixture(scope="module")
def monitored(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Iterator[Server]:
    """A server of version 7, with an empty directory 8, after five requests and a page."""
    folder = tmp_path_factory.mktemp("metrics")
    shutil.copytree(base / VERSION, folder / "base" / VERSION)
    (folder / "base" / "8").mkdir()
    file = folder / "monitoring.config"
    file.write_text(f'prometheus_config {{ enable: true path: "{PATH}" }}')
    words = ["--monitoring_config_file", str(file)]
    with embedded(folder / "base", folder / "port", *words) as server:
        for _ in range(2):
            assert server.predict({"signature_name": "half_plus_two", "instances": [1.0]}).ok
        assert server.predict(b"{").status_code == 400
        assert server.predict({}, "/versions/9:predict").status_code == 404
        assert server.predict({"signature_name": "half_plus_two"}, "x:predict").status_code == 404
        assert requests.get(f"{server.url}/healthz", timeout=30).status_code == 404
        yield server


@pytest.fixture(scope="module")
def page(monitored: Server) -> str:
    return requests.get(monitored.url + PATH, timeout=30).text


@pytest.mark.serving
@pytest.mark.parametrize(
    ("name", "status", "count"),
    [
        (NAME, "OK", 2),
        (NAME, "INVALID_ARGUMENT", 1),
        (NAME, "NOT_FOUND", 1),
        ("", "NOT_FOUND", 1),
    ],
)
def test_requests_are_counted_by_how_they_ended(
    page: str, name: str, status: str, count: int
) -> None:
    assert _value(page, REQUESTS, model_name=name, status=status) == count


@pytest.mark.serving
def test_the_latency_is_that_of_successes(page: str) -> None:
    assert _value(page, f"{LATENCY}_count", **PREDICT) == 2
    assert _buckets(page)[float("inf")] == 2
    microseconds = _value(page, f"{LATENCY}_sum", **PREDICT)
    assert 2 * 50 < microseconds < 2 * 10e6  # no request takes less, and none takes seconds


@pytest.mark.serving
def test_loads_are_counted_by_directory_and_outcome(page: str) -> None:
    outcomes = {
        (Path(dict(labels)["model_path"]).name, dict(labels)["status"]): value
        for (name, labels), value in _samples(page).items()
        if name == LOADS
    }
    assert outcomes == {("7", "success"): 1, ("8", "fail"): 1}


@pytest.mark.serving
@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", PATH, 200),
        ("POST", PATH, 200),
        ("GET", f"{PATH}?x=1", 400),
        ("GET", f"{PATH}/", 404),
    ],
)
def test_the_page(monitored: Server, method: str, target: str, status: int) -> None:
    reply = requests.request(method, monitored.url + target, timeout=30)
    assert reply.status_code == status
    content_type = reply.headers["Content-Type"]
    assert content_type == ("text/html" if status == 404 else "text/plain")


@pytest.mark.serving
def test_without_the_file_there_is_no_page(server: Server) -> None:
    assert requests.get(server.url + PATH, timeout=30).status_code == 404


# What is counted, without a server


def _recorded(*seconds: float) -> str:
    metrics = Metrics(NAME)
    for one in seconds:
        metrics.record(match("POST", f"/v1/models/{NAME}:predict"), Code.OK, one)
    return metrics.text()


def test_limits_grow_from_10_microseconds_by_1_8() -> None:
    limits = list(_buckets(_recorded(1.0)))
    assert len(limits) == 34
    assert limits[:4] == [10.0, 18.0, 32.4, 58.32]
    assert limits[32] == pytest.approx(1.474e9, rel=1e-3)  # 10 x 1.8^32
    assert limits[33] == float("inf")


def test_each_bucket_holds_the_ones_below() -> None:
    buckets = _buckets(_recorded(5e-6, 20e-6, 20e-6, 9_999))
    assert [buckets[limit] for limit in (10.0, 18.0, 32.4)] == [1, 1, 3]
    assert buckets[float("inf")] == 4
    assert list(buckets.values()) == sorted(buckets.values())


def test_the_sum_is_in_microseconds() -> None:
    assert _value(_recorded(0.25, 1.5), f"{LATENCY}_sum", **PREDICT) == 1_750_000


def test_a_failure_has_no_latency() -> None:
    metrics = Metrics(NAME)
    metrics.record(match("POST", f"/v1/models/{NAME}:predict"), Code.DEADLINE_EXCEEDED, 30.0)
    assert _value(metrics.text(), REQUESTS, model_name=NAME, status="DEADLINE_EXCEEDED") == 1
    assert not _buckets(metrics.text())


def test_the_status_has_a_latency_of_its_own() -> None:
    metrics = Metrics(NAME)
    metrics.record(match("GET", f"/v1/models/{NAME}"), Code.OK, 1.0)
    labels = {"model_name": NAME, "API": "", "entrypoint": "REST"}
    assert _value(metrics.text(), f"{LATENCY}_count", **labels) == 1
    assert not _buckets(metrics.text())


def test_names_of_no_model_share_one_line() -> None:
    metrics = Metrics(NAME)
    for name in ("a", "b"):
        metrics.record(match("GET", f"/v1/models/{name}"), Code.NOT_FOUND, 0.0)
    metrics.record(None, Code.INVALID_ARGUMENT, 0.0)
    assert _value(metrics.text(), REQUESTS, model_name="", status="NOT_FOUND") == 2
    assert _value(metrics.text(), REQUESTS, model_name="", status="INVALID_ARGUMENT") == 1


def test_labels_may_hold_any_character() -> None:
    metrics = Metrics(NAME)
    metrics.counted(str)(Path('a "b" \\n c\nd'))
    assert _value(metrics.text(), LOADS, model_path='a "b" \\n c\nd', status="success") == 1


# The file that enables them


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('prometheus_config { enable: true path: "/metrics" }', "/metrics"),
        ("prometheus_config { enable: true }", "/monitoring/prometheus/metrics"),
        ('prometheus_config { enable: false path: "/metrics" }', ""),
        ("", ""),
    ],
)
def test_the_file_says_where(tmp_path: Path, text: str, path: str) -> None:
    file = tmp_path / "monitoring.config"
    file.write_text(text)
    assert read_metrics_path(file) == path


def test_a_word_that_is_not_in_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "monitoring.config"
    file.write_text("prometheus { }")
    with pytest.raises(SetupError, match="text-format MonitoringConfig"):
        read_metrics_path(file)
