"""The warm-up requests beside an exported model: whole, for its default signature, of nobody."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.tfx


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Records of the file by TensorFlow's own reader."""
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    from components.trainer.warm_up import write_warm_up

    folder = tmp_path_factory.mktemp("model")
    write_warm_up(folder)
    file = folder / "assets.extra" / "tf_serving_warmup_requests"
    records = tf.data.TFRecordDataset(str(file), compression_type="").as_numpy_iterator()
    return [PredictionLog.FromString(record).predict_log.request for record in records]


def test_there_are_a_single_user_and_a_batch_for_the_default_signature(
    requests: list[Any],
) -> None:
    assert [request.model_spec.signature_name for request in requests] == ["serving_default"] * 2
    shapes = [
        [dim.size for dim in request.inputs["liked_videos"].tensor_shape.dim]
        for request in requests
    ]
    assert shapes == [[1, 1], [32, 100]]


def test_names_and_types_are_those_of_the_signature(requests: list[Any]) -> None:
    from components.transform.raw import signature_of
    from schema.feature import Side
    from schema.features import model_inputs

    specs = signature_of(model_inputs(Side.USER))
    expected = {
        name: (spec.dtype.as_datatype_enum, spec.shape.rank) for name, spec in specs.items()
    }
    assert len(expected) > 5
    for request in requests:
        found = {
            name: (proto.dtype, len(proto.tensor_shape.dim))
            for name, proto in request.inputs.items()
        }
        assert found == expected


def test_every_value_stands_for_a_missing_one(requests: list[Any]) -> None:
    import tensorflow as tf

    for request in requests:
        values = {v for proto in request.inputs.values() for v in tf.make_ndarray(proto).flat}
        assert values == {b"", -1.0}
