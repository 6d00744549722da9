"""PostgreSQL's binary COPY format for (uuid, vector) rows, by one NumPy array each way.

Source: PostgreSQL's documentation of COPY, "Binary Format"; pgvector's `vector_send` (dimension
and a reserved zero as int16, then float4s, all in network byte order).
"""

from __future__ import annotations

import io
import struct
import uuid
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from schema.errors import DataError

__all__ = ["binary_rows", "read_rows"]

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)


def _row(dimension: int) -> np.dtype[np.void]:
    return np.dtype(
        [
            ("fields", ">i2"),
            ("id_bytes", ">i4"),
            ("id", "V16"),
            ("vector_bytes", ">i4"),
            ("dimension", ">i2"),
            ("reserved", ">i2"),
            ("vector", ">f4", (dimension,)),
        ]
    )


def binary_rows(ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> io.BytesIO:
    """A stream for `COPY … (uuid, vector) FROM STDIN (FORMAT binary)`.

    Args:
        ids: UUIDs as text.
        vectors: [ids, dimension] float32; row i belongs to ids[i].
    """
    count, dimension = vectors.shape
    rows = np.zeros(count, _row(dimension))
    rows["fields"] = 2
    rows["id_bytes"] = 16
    rows["id"] = np.array([uuid.UUID(i).bytes for i in ids], dtype="V16")
    rows["vector_bytes"] = 4 + 4 * dimension
    rows["dimension"] = dimension
    rows["vector"] = vectors
    return io.BytesIO(_SIGNATURE + rows.tobytes() + _TRAILER)


def read_rows(copied: memoryview, dimension: int) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Ids and [rows, dimension] float32 from `COPY … TO STDOUT (FORMAT binary)`.

    Raises:
        DataError: a row is no uuid with a vector of this dimension.
    """
    body = copied[len(_SIGNATURE) : -len(_TRAILER)]
    kind = _row(dimension)
    rows = np.frombuffer(body, kind, len(body) // kind.itemsize)
    if len(body) % kind.itemsize or not (rows["dimension"] == dimension).all():
        raise DataError(
            f"rows of a uuid and a vector({dimension})", "other rows", "look at the table"
        )
    ids = [str(uuid.UUID(bytes=own.tobytes())) for own in rows["id"]]
    return ids, rows["vector"].astype(np.float32)
