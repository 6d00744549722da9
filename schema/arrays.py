"""Types of NumPy arrays; shapes are given in the docstrings that use them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Float32", "Float64", "Int32", "Int64"]

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]
