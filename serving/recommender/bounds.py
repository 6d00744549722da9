"""Bounds of a query's products with many vectors, from the few directions that matter most.

Vectors and query are turned to the vectors' principal directions. What both have outside the first
of them adds to a product at most the product of the two rests' lengths (Cauchy and Schwarz): most
rows can be left out, exactly.
"""

from __future__ import annotations

import numpy as np

from schema.arrays import Float32

__all__ = ["Bounds"]

DIRECTIONS = 128
SAMPLE = 4096
"""Rows that the directions are found with; the bounds hold for any directions."""
_ROUNDING = 1e-6
"""Above the error of a squared length in float32."""


class Bounds:
    """A sixth of the reading of a whole product: it is bound by the memory's speed.

    Args:
        vectors: [rows, 768] float32, L2-normalised.
    """

    def __init__(self, vectors: Float32) -> None:
        sample = vectors[:: max(len(vectors) // SAMPLE, 1)]
        _, directions = np.linalg.eigh(sample.T @ sample)
        self._directions = np.ascontiguousarray(directions[:, ::-1][:, :DIRECTIONS])
        self._heads = vectors @ self._directions
        self._rests = _rest(vectors, self._heads)

    def of(self, query: Float32) -> tuple[Float32, Float32]:
        """[rows] lower and [rows] upper bounds of the products with `query`, [768] float32."""
        head = query @ self._directions
        near = self._heads @ head
        slack = self._rests * _rest(query, head) + _ROUNDING
        return near - slack, near + slack


def _rest(vectors: Float32, heads: Float32) -> Float32:
    """[…] length outside the first directions, at least the true one."""
    squared = _squared(vectors) - _squared(heads)
    return np.asarray(np.sqrt(np.maximum(squared, 0) + _ROUNDING), np.float32)


def _squared(vectors: Float32) -> Float32:
    """[…] squared lengths, without a copy of the vectors."""
    return np.asarray(np.einsum("...i,...i->...", vectors, vectors), np.float32)
