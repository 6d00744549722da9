"""Warm-up records: run before a version is available, or the version never is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from serving.model_server.status import StatusError
from serving.model_server.versions import Versions
from serving.model_server.watcher import Watcher
from tests.serving.conftest import NAME, embedded

pytestmark = pytest.mark.serving

FILE = "assets.extra/tf_serving_warmup_requests"


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base with version 1: its default signature adds each x up, `seen` says what came to."""
    import tensorflow as tf

    class Counting(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.sum = tf.Variable(0.0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])  # type: ignore[untyped-decorator]
        def add(self, x: Any) -> dict[str, Any]:
            tf.debugging.assert_non_negative(x)
            return {"y": x + 0.0 * self.sum.assign_add(tf.reduce_sum(x))}

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])  # type: ignore[untyped-decorator]
        def seen(self, x: Any) -> dict[str, Any]:
            return {"y": x * 0.0 + self.sum}

    module = Counting()
    base = tmp_path_factory.mktemp("counting")
    signatures = {"serving_default": module.add, "seen": module.seen}
    tf.saved_model.save(module, str(base / "1"), signatures=signatures)
    (base / "1" / "assets.extra").mkdir()
    return base


def _record(
    x: Any, signature: str = "", name: str = "x", model: str = NAME, version: int | None = None
) -> bytes:
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    log = PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    if version is not None:
        request.model_spec.version.value = version
    request.inputs[name].CopyFrom(tf.make_tensor_proto(np.asarray(x)))
    return bytes(log.SerializeToString())


def _floats(*x: float) -> Any:
    return np.array(x, np.float32)


def _write(base: Path, *records: bytes) -> None:
    import tensorflow as tf

    with tf.io.TFRecordWriter(str(base / "1" / FILE)) as writer:
        for record in records:
            writer.write(record)


def _load(base: Path) -> Any:
    from serving.model_server.model import LoadedModel
    from serving.model_server.warm_up import warmed

    return warmed(LoadedModel)(base / "1")


def _seen(model: Any) -> float:
    return float(model.signature("seen").run({"x": _floats(0)})["y"][0])


def test_every_record_is_run_once(counting: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    _write(counting, _record(_floats(1, 2)), _record(_floats(10), "serving_default"))
    model = _load(counting)
    assert _seen(model) == 13
    assert "2 warm-up records run" in caplog.text
    model.close()


def test_model_and_version_of_a_record_are_not_looked_at(counting: Path) -> None:
    _write(counting, _record(_floats(4), model="another", version=99))
    model = _load(counting)
    assert _seen(model) == 4
    model.close()


def test_a_model_without_records_loads(counting: Path) -> None:
    (counting / "1" / FILE).unlink(missing_ok=True)
    model = _load(counting)
    assert _seen(model) == 0
    model.close()


def test_a_thousand_records_are_run_and_one_more_is_refused(counting: Path) -> None:
    one = _record(_floats(1))
    _write(counting, *[one] * 1000)
    model = _load(counting)
    assert _seen(model) == 1000
    model.close()
    _write(counting, *[one] * 1001)
    with pytest.raises(StatusError, match="More than 1000") as e:
        _load(counting)
    assert e.value.code.name == "INVALID_ARGUMENT"


def _other_kind() -> bytes:
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    log = PredictionLog()
    log.classify_log.request.model_spec.name = NAME
    return bytes(log.SerializeToString())


def _broken_tensor() -> bytes:
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    log = PredictionLog.FromString(_record(_floats(1, 2)))
    log.predict_log.request.inputs["x"].tensor_shape.dim[0].size = 3
    return bytes(log.SerializeToString())


@pytest.mark.parametrize(
    ("record", "code", "words"),
    [
        (partial(_record, _floats(-1)), "INVALID_ARGUMENT", "assertion failed"),
        (partial(_record, _floats(1), "none"), "INVALID_ARGUMENT", '"none" not found'),
        (partial(_record, _floats(1), name="z"), "INVALID_ARGUMENT", "has the inputs"),
        (partial(_record, ["a"]), "INVALID_ARGUMENT", "'x': 'string'"),
        (_broken_tensor, "INVALID_ARGUMENT", "is broken"),
        (_other_kind, "UNIMPLEMENTED", "classify_log"),
        (lambda: b"\xff", "INVALID_ARGUMENT", "Failed to parse"),
    ],
)
def test_a_record_that_fails_makes_the_load_fail(
    counting: Path, record: Callable[[], bytes], code: str, words: str
) -> None:
    _write(counting, _record(_floats(1)), record())
    with pytest.raises(StatusError, match=words) as e:
        _load(counting)
    assert e.value.code.name == code


@pytest.mark.parametrize("content", [b"no TFRecord at all", None])
def test_a_file_that_is_no_tfrecord_or_cut_makes_the_load_fail(
    counting: Path, content: bytes | None
) -> None:
    _write(counting, _record(_floats(1)))
    file = counting / "1" / FILE
    file.write_bytes(content or file.read_bytes()[:-1])
    with pytest.raises(StatusError) as e:
        _load(counting)
    assert e.value.code.name == "DATA_LOSS"


def test_a_refused_model_gives_its_memory_back(
    counting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from serving.model_server.model import LoadedModel

    closed: list[LoadedModel] = []

    def close(model: LoadedModel) -> None:
        closed.append(model)

    monkeypatch.setattr(LoadedModel, "close", close)
    _write(counting, _record(_floats(-1)))
    with pytest.raises(StatusError):
        _load(counting)
    assert len(closed) == 1


def test_no_request_comes_before_the_records(counting: Path) -> None:
    """The version is LOADING until they are done."""
    from serving.model_server.model import LoadedModel
    from serving.model_server.warm_up import warmed

    states: list[str] = []

    def load(directory: Path) -> LoadedModel:
        model = warmed(LoadedModel)(directory)
        states.extend(status.state for status in versions.statuses())
        return model

    _write(counting, _record(_floats(1)))
    versions = Versions[LoadedModel](NAME)
    watcher = Watcher(counting, versions, load)
    watcher.poll()
    states.extend(status.state for status in versions.statuses())
    assert states == ["LOADING", "AVAILABLE"]
    versions.retire(1)


def test_the_server_runs_them_and_says_why_it_refuses(counting: Path, tmp_path: Path) -> None:
    seen = {"signature_name": "seen", "instances": [0]}
    _write(counting, _record(_floats(7)))
    with embedded(counting, tmp_path / "port", "--poll-s", "0.1") as server:
        assert server.predict(seen).json() == {"predictions": [7.0]}
    _write(counting, _record(_floats(-7)))
    with embedded(counting, tmp_path / "port2", "--poll-s", "0.1") as server:
        (line,) = requests.get(server.model, timeout=30).json()["model_version_status"]
    assert (line["state"], line["status"]["error_code"]) == ("END", "INVALID_ARGUMENT")
    assert "assertion failed" in line["status"]["error_message"]
