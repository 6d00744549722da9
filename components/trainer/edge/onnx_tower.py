"""A tower as an ONNX graph, node by node: `features` [batch, width] to `embedding` [batch, 768].

By hand rather than converted: there are a dozen kinds of nodes, and the bytes depend on nothing but
the weights. A name is the operation's and its place, so that a viewer shows the layers in order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from components.trainer.model.towers import UserTower, VideoTower
from schema.arrays import Float32
from schema.signatures import DIMENSION, EMBEDDING, FEATURES

__all__ = ["tower_model"]

OPSET, IR_VERSION = 17, 8
"""Both are of 2021: every runtime that is still kept reads them."""
_LEAST_SQUARE = 1e-12
"""Of tf.math.l2_normalize: the least squared length that is divided by."""


class _Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """The name of a constant."""
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """The name of a node's only output."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def columns(self, table: str, begin: int, end: int) -> str:
        """[batch, end - begin] of [batch, n]."""
        places = (self.constant([place], np.int64) for place in (begin, end, 1))
        return self.add("Slice", table, *places)

    def padded(self, table: str, before: int, after: int) -> str:
        """With columns of 0 on both sides."""
        return self.add("Pad", table, self.constant([0, before, 0, after], np.int64))

    def squared_length(self, table: str) -> str:
        """[batch, 1]."""
        square = self.add("Mul", table, table)
        return self.add("ReduceSum", square, self.constant([1], np.int64), keepdims=1)

    def normalized(self, table: str) -> str:
        """Rows of length 1; a row of 0 stays 0."""
        square = self.add("Max", self.squared_length(table), self.constant(_LEAST_SQUARE))
        return self.add("Div", table, self.add("Sqrt", square))


def tower_model(tower: UserTower | VideoTower) -> onnx.ModelProto:
    """The tower as it serves, checked; `components/trainer/model/towers.py` has the formulas.

    Raises:
        onnx.checker.ValidationError: the graph is not valid ONNX.
    """
    graph = _Graph()
    inputs = graph.columns(FEATURES, 0, tower.inputs)
    combine = _user if isinstance(tower, UserTower) else _video
    graph.nodes.append(
        helper.make_node("Identity", [combine(graph, tower, inputs)], [EMBEDDING], EMBEDDING)
    )
    made = helper.make_graph(
        graph.nodes,
        tower.name,
        [helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, ["batch", tower.width])],
        [helper.make_tensor_value_info(EMBEDDING, TensorProto.FLOAT, ["batch", DIMENSION])],
        graph.constants,
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
        producer_name="two-tower-tfx",
    )  # fmt: skip
    onnx.checker.check_model(model, full_check=True)
    return model


def _user(graph: _Graph, tower: UserTower, inputs: str) -> str:
    gate = graph.columns(FEATURES, tower.width - 1, tower.width)
    total = graph.add("Mul", gate, _learned(graph, tower, inputs, 0))
    if tower.closed:
        closed = graph.columns(FEATURES, tower.inputs, tower.inputs + tower.closed)
        total = graph.add("Add", total, graph.padded(closed, 0, DIMENSION - tower.closed))
    return graph.normalized(total)


def _video(graph: _Graph, tower: VideoTower, inputs: str) -> str:
    learned = _learned(graph, tower, inputs, tower.closed)
    learned = graph.normalized(graph.add("Add", learned, graph.constant(tower.constant)))
    if not tower.closed:
        return learned
    learned = graph.add("Mul", learned, graph.constant(tower.length))
    closed = graph.columns(FEATURES, tower.inputs, tower.inputs + tower.closed)
    square = graph.add("Add", graph.squared_length(closed), graph.constant(tower.length**2))
    both = graph.add("Concat", closed, learned, axis=1)
    return graph.add("Div", both, graph.add("Sqrt", square))


def _learned(graph: _Graph, tower: UserTower | VideoTower, inputs: str, begin: int) -> str:
    """[batch, 768 - begin], as `_Tower.learned`."""
    layers = tower.dense_layers
    found = inputs
    for layer in layers[:-1]:
        weights = (graph.constant(layer.kernel.numpy()), graph.constant(layer.bias.numpy()))
        found = graph.add("Relu", graph.add("Gemm", found, *weights))
    kernel, bias = layers[-1].kernel.numpy()[:, begin:], layers[-1].bias.numpy()[begin:]
    found = graph.add("Gemm", found, graph.constant(kernel), graph.constant(bias))
    found = graph.add("Tanh", found)
    if tower.shortcut_weights is None:
        return found
    shortcut = _shortcut(graph, tower, inputs, tower.shortcut_weights.numpy())
    beside = graph.padded(shortcut, tower.closed - begin, tower.beyond)
    return graph.add("Add", found, beside)


def _shortcut(graph: _Graph, tower: UserTower | VideoTower, inputs: str, weights: Float32) -> str:
    """[batch, d] weighted sum of the item embeddings that end the inputs."""
    ends = graph.columns(inputs, tower.inputs - tower.count * tower.dimension, tower.inputs)
    shape = graph.constant([-1, tower.count, tower.dimension], np.int64)
    times = graph.constant(weights[:, np.newaxis])
    weighted = graph.add("Mul", graph.add("Reshape", ends, shape), times)
    return graph.add("ReduceSum", weighted, graph.constant([1], np.int64), keepdims=0)
