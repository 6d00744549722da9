"""Warm-up requests of a model, run before it serves any other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.framework.types_pb2 import DataType
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from schema.signatures import SERVING_DEFAULT, WARM_UP_FILE
from serving.model_server.model import LoadedModel, Signature
from serving.model_server.status import Code, StatusError, invalid
from serving.model_server.tensors import Tensor

__all__ = ["warmed"]

_LOG = logging.getLogger(__name__)
_RECORDS_MAX = 1000


def warmed(load: Callable[[Path], LoadedModel]) -> Callable[[Path], LoadedModel]:
    """`load`, followed by the warm-up requests in the directory, if there are any.

    If one of them fails, the load fails with its code.
    """

    def loading(directory: Path) -> LoadedModel:
        model = load(directory)
        try:
            _run_all(model, directory / WARM_UP_FILE)
        except StatusError:
            model.close()
            raise
        return model

    return loading


def _run_all(model: LoadedModel, file: Path) -> None:
    if not file.exists():
        return
    count = 0
    for count, record in enumerate(_records(file), start=1):
        if count > _RECORDS_MAX:
            raise invalid(f"More than {_RECORDS_MAX} warm-up records in {file}")
        _run(model, record)
    _LOG.info("%d warm-up records run of %s", count, file)


def _records(file: Path) -> Iterator[Any]:
    try:
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            yield PredictionLog.FromString(record)
    except tf.errors.OpError as error:
        raise StatusError(Code(error.error_code), f"{error.message} in {file}") from error
    except DecodeError as error:
        raise invalid(f"Failed to parse a warm-up record of {file}") from error


def _run(model: LoadedModel, record: Any) -> None:
    """Run one record; its model name and version are ignored, since it came with this model."""
    kind = record.WhichOneof("log_type")
    if kind != "predict_log":
        raise StatusError(Code.UNIMPLEMENTED, f"A warm-up record is a {kind}, not a predict_log")
    request = record.predict_log.request
    signature = model.signature(request.model_spec.signature_name or SERVING_DEFAULT)
    signature.run(_tensors(request.inputs, signature))


def _tensors(inputs: Any, signature: Signature) -> dict[str, Tensor]:
    dtypes = {name: DataType.Name(proto.dtype) for name, proto in inputs.items()}
    got = {name: dtype.removeprefix("DT_").lower() for name, dtype in dtypes.items()}
    if got != signature.dtypes:
        raise invalid(f"A warm-up record has the inputs {got}, not {dict(signature.dtypes)}")
    try:
        return {name: tf.make_ndarray(proto) for name, proto in inputs.items()}
    except (TypeError, ValueError) as error:
        raise invalid(f"A tensor of a warm-up record is broken: {error}") from error
