"""Binary COPY as PostgreSQL and pgvector read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pytest

from releases.binary_copy import binary_rows
from schema.database import Connection, connect

pytestmark = pytest.mark.postgres

COPY = "COPY video_embeddings (video_id, embedding) FROM STDIN (FORMAT binary)"


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with closing(connect(database)) as opened:
        yield opened


def _copied(
    connection: Connection, ids: list[str], vectors: npt.NDArray[np.float32]
) -> dict[str, npt.NDArray[np.float32]]:
    with connection.cursor() as cursor:
        cursor.copy_expert(COPY, binary_rows(ids, vectors))
        cursor.execute("SELECT video_id, embedding::real[] FROM video_embeddings")
        rows: list[tuple[str, list[float]]] = cursor.fetchall()
    return {video: np.array(values, np.float32) for video, values in rows}


def test_every_vector_comes_back_to_the_bit_under_its_own_id(connection: Connection) -> None:
    """With values of all magnitudes, and ids that begin or end with zero bytes."""
    random = np.random.default_rng(1)
    scale = 10.0 ** random.integers(-30, 30, (5, 768))
    vectors = (random.standard_normal((5, 768)) * scale).astype(np.float32)
    vectors[0, :4] = np.array([0, 1, -1, 2**-126])  # the last is the smallest normal
    numbers = (1, 1 << 120, (1 << 128) - 1, 0, 0x0A0D_FF00)
    ids = [str(UUID(int=number)) for number in numbers]
    found = _copied(connection, ids, vectors)
    assert len(found) == 5
    for key, vector in zip(ids, vectors, strict=True):
        assert found[key].tobytes() == vector.tobytes()


def test_no_rows_are_a_sound_stream(connection: Connection) -> None:
    assert _copied(connection, [], np.zeros((0, 768), np.float32)) == {}


def test_a_vector_that_is_not_contiguous_is_copied_by_its_values(connection: Connection) -> None:
    """A slice of a wider matrix, in double precision."""
    wide = np.arange(2 * 1536, dtype=np.float64).reshape(2, 1536)
    ids = [str(UUID(int=number)) for number in (1, 2)]
    found = _copied(connection, ids, wide[:, ::2])  # type: ignore[arg-type]
    assert found[ids[1]].tolist() == list(range(1536, 3072, 2))
