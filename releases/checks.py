"""Checks of a staged version against what was read, against itself and against the live one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from psycopg2 import sql

from releases.vectors import KEYS, Embeddings, load_embeddings_from_db, table_of
from schema.arrays import Float32, Float64
from schema.database import Connection
from schema.documents.release import Check
from schema.feature import Side

__all__ = ["Spread", "check_counts", "check_lengths", "check_served", "check_spread", "spread_of"]

LENGTH_TOLERANCE = 1e-3
SERVED_TOLERANCE = 1e-5
COSINE_MOST = 0.95
"""Mean cosine of two videos from which a model counts as collapsed."""
RANK_LEAST = 1.5
"""Effective rank of the videos below which a model counts as collapsed; all equal have 1."""
SAMPLE = 2000


class Spread(NamedTuple):
    """How far vectors point in different directions.

    Attributes:
        cosine: mean of all pairs, -1 to 1.
        rank: effective rank, 1 to 768: the exponential of the entropy of the normalised
            eigenvalues of the second moment (Roy and Vetterli, 2007).
    """

    cosine: float
    rank: float


def check_counts(connection: Connection, version: str, read: Mapping[Side, int]) -> list[Check]:
    """Rows of both tables equal the rows that were read."""
    found = {side: _scalar(connection, side, version, "count(*)") for side in KEYS}
    return [
        Check(
            name=f"{side} vectors", expected=f"{read[side]:,}", got=f"{found[side]:,}",
            passed=found[side] == read[side],
        )
        for side in KEYS
    ]  # fmt: skip


def check_lengths(connection: Connection, version: str) -> list[Check]:
    """Every vector is of length 1; pgvector itself refuses NaN and infinity."""
    off = f"count(*) FILTER (WHERE abs(vector_norm(embedding) - 1) > {LENGTH_TOLERANCE})"
    return [
        Check(
            name=f"{side} vectors not of length 1", expected="0", got=f"{count:,}",
            passed=count == 0,
        )
        for side in KEYS
        for count in (_scalar(connection, side, version, off),)
    ]  # fmt: skip


def check_spread(connection: Connection, version: str, live: str) -> list[Check]:
    """The videos have not collapsed to one direction; the live version's figures stand beside."""
    ours = _spread(connection, version)
    beside = _spread(connection, live) if live else None
    return [
        Check(
            name="mean cosine of two videos", expected=f"at most {COSINE_MOST}",
            got=f"{ours.cosine:.3f}" + (f" (live: {beside.cosine:.3f})" if beside else ""),
            passed=ours.cosine <= COSINE_MOST,
        ),
        Check(
            name="effective rank of the videos", expected=f"at least {RANK_LEAST}",
            got=f"{ours.rank:.1f}" + (f" (live: {beside.rank:.1f})" if beside else ""),
            passed=ours.rank >= RANK_LEAST,
        ),
    ]  # fmt: skip


def _spread(connection: Connection, version: str) -> Spread:
    videos = load_embeddings_from_db(connection, Side.VIDEO, version, most=SAMPLE)
    return spread_of(videos.vectors)


def spread_of(vectors: Float32) -> Spread:
    """Of [n, 768] unit vectors; fewer than 2 count as spread out."""
    count = len(vectors)
    if count < 2:  # noqa: PLR2004
        return Spread(0.0, float(vectors.shape[1]))
    total = float((vectors.sum(axis=0, dtype=np.float64) ** 2).sum())
    shares = _eigenvalues(vectors)
    entropy = -float((shares * np.log(shares)).sum())
    return Spread((total - count) / (count * (count - 1)), float(np.exp(entropy)))


def _eigenvalues(vectors: Float32) -> Float64:
    """Those above 0 of the second moment, as shares of their sum."""
    values = np.linalg.svd(vectors.astype(np.float64), compute_uv=False) ** 2
    values = values[values > values.max() * 1e-12]
    return np.asarray(values / values.sum(), np.float64)


def check_served(what: str, staged: Embeddings, answered: Float32) -> Check:
    """The model server's vectors equal the staged ones of the same rows.

    Args:
        what: what the rows are, such as "users".
        staged: [n, 768].
        answered: [n, 768], in the same order.
    """
    same_shape = answered.shape == staged.vectors.shape
    off = float(np.abs(answered - staged.vectors).max(initial=0.0)) if same_shape else np.inf
    return Check(
        name=f"largest difference of a served vector, {len(staged.ids)} {what}",
        expected=f"at most {SERVED_TOLERANCE:g}", got=f"{off:.1e}",
        passed=bool(off <= SERVED_TOLERANCE),
    )  # fmt: skip


def _scalar(connection: Connection, side: Side, version: str, expression: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("SELECT {} FROM {}").format(
                sql.SQL(expression),
                table_of(side, version),
            )
        )
        (value,) = cursor.fetchone() or (0,)
    return int(value)
