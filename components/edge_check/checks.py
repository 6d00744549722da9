"""Checks of a version's edge files: the same vectors, and the same recommended videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx.reference import ReferenceEvaluator

from components.edge_check.edge_files import EdgeFiles
from components.edge_check.user_features import user_features
from schema.arrays import Float32
from schema.documents.release import Check
from schema.signatures import EMBEDDING, FEATURES

__all__ = ["check_encodings", "check_tower", "other_places"]

TOLERANCE = 1e-5
"""Of a component of a vector."""
PLACES = 20
"""Of each user's list that are compared."""


def check_tower(
    what: str, tower: ReferenceEvaluator, features: Float32, expected: Float32
) -> Check:
    """The ONNX graph gives the SavedModel's vectors.

    Args:
        what: what the rows are, such as "users".
        tower: the graph.
        features: [n, width].
        expected: [n, 768], in the same order.
    """
    found = _embeddings(tower, features) if len(features) else expected
    name = f"largest difference of an ONNX vector, {len(features)} {what}"
    return _close(name, found, expected)


def check_encodings(
    files: EdgeFiles, instances: Sequence[Mapping[str, Any]], expected: Float32, videos: Float32
) -> list[Check]:
    """Raw features give the SavedModel's vectors and lists by encodings and weights alone.

    Args:
        files: of the version.
        instances: raw features of n users.
        expected: [n, 768], in the same order.
        videos: [videos, 768] that the lists are made of.
    """
    name = f"largest difference of an edge vector, {len(instances)} users"
    if not instances:
        return [_close(name, expected, expected)]
    features = np.stack([user_features(files, one) for one in instances])
    found = _embeddings(files.user_tower, features)
    others = other_places(expected, found, videos)
    return [
        _close(name, found, expected),
        Check(
            name=f"places of the first {PLACES} with another video", expected="0",
            got=f"{others:,}", passed=others == 0,
        ),
    ]  # fmt: skip


def other_places(expected: Float32, found: Float32, videos: Float32) -> int:
    """Places of the users' lists whose videos differ, ties within TOLERANCE left out.

    Args:
        expected: [n, 768] users.
        found: [n, 768] the same users.
        videos: [videos, 768].
    """
    count = 0
    for user, other in zip(expected, found, strict=True):
        scores = videos @ user
        ours, theirs = (_first(own) for own in (scores, videos @ other))
        count += int((np.abs(scores[ours] - scores[theirs]) > TOLERANCE).sum())
    return count


def _first(scores: Float32) -> Any:
    """Rows of the highest scores, the highest first."""
    return np.argsort(-scores, kind="stable")[:PLACES]


def _embeddings(tower: ReferenceEvaluator, features: Float32) -> Float32:
    (found,) = tower.run([EMBEDDING], {FEATURES: features})
    return np.asarray(found, np.float32)


def _close(name: str, found: Float32, expected: Float32) -> Check:
    off = float(np.abs(found - expected).max(initial=0.0))
    return Check(
        name=name, expected=f"at most {TOLERANCE:g}", got=f"{off:.1e}",
        passed=bool(off <= TOLERANCE),
    )  # fmt: skip
