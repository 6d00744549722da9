"""One SavedModel behind raw session callables, as in the C++ server, but from TensorFlow's wheel.

A raw callable skips Python's check of input shapes, as the C++ server does: the graph itself
refuses a wrong one. It is a private method of TensorFlow 2.21; tests/serving covers it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from tensorflow.core.framework.types_pb2 import DataType
from tensorflow.core.protobuf.config_pb2 import CallableOptions

from serving.heap import give_back
from serving.model_server.completeness import TAG, check_complete
from serving.model_server.status import Code, StatusError, invalid
from serving.model_server.tensors import Tensor

__all__ = ["LoadedModel", "Signature"]

_REFUSALS = (tf.errors.OpError, OSError, KeyError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True)
class Signature:
    """One entry point of a model."""

    dtypes: Mapping[str, str]
    """Input name -> TensorFlow's dtype, such as "float" or "string"."""

    outputs: tuple[str, ...]
    function: Callable[..., list[Tensor]]

    def run(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The outputs by name.

        Raises:
            StatusError: the graph failed; the code is the graph's.
        """
        try:
            values = self.function(*(tensors[name] for name in self.dtypes))
        except tf.errors.OpError as error:
            raise _status_error(error) from error
        return {name: _tensor(value) for name, value in zip(self.outputs, values, strict=True)}


class LoadedModel:
    """A SavedModel in memory; `close` frees the memory."""

    def __init__(self, directory: Path, timeout_s: float = 30.0) -> None:
        """Load the SavedModel in `directory`; no later call runs longer than `timeout_s`.

        Raises:
            StatusError: it is incomplete or TensorFlow refuses it.
        """
        check_complete(directory)
        self._session = tf.compat.v1.Session(graph=tf.Graph())
        try:
            self._definitions = self._load(directory)
            self._signatures = {
                name: self._signature(definition, timeout_s)
                for name, definition in self._definitions.items()
                if definition.inputs  # the graph's init op is listed as a signature, too
            }
        except _REFUSALS as error:
            self.close()
            raise _status_error(error) from error

    def signature(self, name: str) -> Signature:
        """The signature of that name.

        Raises:
            StatusError: there is none, or it takes no inputs.
        """
        if name not in self._definitions:
            raise invalid(f'Serving signature name: "{name}" not found in signature def')
        if name not in self._signatures:
            raise invalid(f"Failed to get input map for signature: {name}")
        return self._signatures[name]

    def metadata(self) -> dict[str, object]:
        """Every SignatureDef in protobuf's JSON form."""
        return {
            name: MessageToDict(
                definition,
                always_print_fields_with_no_presence=True,
                preserving_proto_field_name=True,
            )
            for name, definition in self._definitions.items()
        }

    def close(self) -> None:
        """Free the session; no thread may be inside `Signature.run`."""
        self._signatures = {}  # the callables first: their release needs the session
        self._session.close()
        del self._session  # with its graph, which only the collector finds
        gc.collect()
        give_back()

    def _load(self, directory: Path) -> dict[str, Any]:
        with self._session.graph.as_default():
            loader = tf.compat.v1.saved_model.loader
            meta_graph = loader.load(self._session, [TAG], str(directory))
        return dict(meta_graph.signature_def)

    def _signature(self, definition: Any, timeout_s: float) -> Signature:
        options = CallableOptions(
            feed=[info.name for info in definition.inputs.values()],
            fetch=[info.name for info in definition.outputs.values()],
        )
        options.run_options.timeout_in_ms = round(timeout_s * 1000)
        return Signature(
            {name: _dtype(info) for name, info in definition.inputs.items()},
            tuple(definition.outputs),
            self._session._make_callable_from_options(options),  # noqa: SLF001  # see the module
        )


def _dtype(info: Any) -> str:
    """DT_FLOAT -> "float", as in the server's messages."""
    return str(DataType.Name(info.dtype)).removeprefix("DT_").lower()


def _tensor(value: Any) -> Tensor:
    # By default, NumPy turns single bytes into fixed-width strings, and drops trailing NULs.
    return np.asarray(value, dtype=object if isinstance(value, bytes) else None)


def _status_error(error: Exception) -> StatusError:
    if isinstance(error, tf.errors.OpError):
        return StatusError(Code(error.error_code), error.message)
    return StatusError(Code.UNKNOWN, str(error))
