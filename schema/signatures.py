"""Names of the served model and of its signatures, their outputs included."""

from __future__ import annotations

__all__ = [
    "DIMENSION",
    "EMBEDDING",
    "MODEL_NAME",
    "PREDICTION",
    "SCORE",
    "SERVING_DEFAULT",
    "USER_FEATURES",
    "USER_TOWER",
    "VERSION_FILE",
    "VIDEO_EMBEDDING",
    "VIDEO_FEATURES",
    "VIDEO_TOWER",
    "WARM_UP_FILE",
]

MODEL_NAME = "two_tower"
DIMENSION = 768
"""Width of both embeddings: the application's tables hold vector(768)."""
VERSION_FILE = "assets.extra/version"
"""Inside a SavedModel: the one version number of model, embeddings and report."""
WARM_UP_FILE = "assets.extra/tf_serving_warmup_requests"
"""Inside a SavedModel, by a name that is TensorFlow Serving's: requests that it answers first."""

SERVING_DEFAULT = "serving_default"
"""A user's raw features, by name, to `embedding` [batch, 768], L2-normalised."""
VIDEO_EMBEDDING = "video_embedding"
"""A video's raw features, by name, to `embedding` [batch, 768], L2-normalised."""
USER_FEATURES = "user_features"
"""A user's raw features to `features` [batch, width], what the user tower takes."""
VIDEO_FEATURES = "video_features"
"""A video's raw features to `features` [batch, width], what the video tower takes."""
USER_TOWER = "user_tower"
"""`features` to `embedding`: dense numbers only, no string or table, so it can be converted."""
VIDEO_TOWER = "video_tower"
"""The same for videos."""
SCORE = "score"
"""`examples`, serialized pairs, to `prediction` [batch], the chance of a like."""

EMBEDDING = "embedding"
PREDICTION = "prediction"
