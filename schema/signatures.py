"""Names of the served model, its signatures and their outputs."""

from __future__ import annotations

__all__ = [
    "DIMENSION",
    "EMBEDDING",
    "MODEL_NAME",
    "PREDICTION",
    "SCORE",
    "SERVING_DEFAULT",
    "USER_FEATURES",
    "USER_START",
    "USER_TOWER",
    "VERSION_FILE",
    "VIDEO_EMBEDDING",
    "VIDEO_FEATURES",
    "VIDEO_TOWER",
    "WARM_UP_FILE",
]

MODEL_NAME = "two_tower"
DIMENSION = 768
"""Width of both embeddings: the application's columns are vector(768)."""
VERSION_FILE = "assets.extra/version"
"""File in a SavedModel with the version that model, embeddings and review share."""
WARM_UP_FILE = "assets.extra/tf_serving_warmup_requests"
"""File in a SavedModel with warm-up requests, under TensorFlow Serving's name for it."""

SERVING_DEFAULT = "serving_default"
"""A user's raw features, by name, to `embedding` [batch, 768], L2-normalised."""
USER_START = "user_start"
"""The same by the closed form alone, of a model that has one: what the gates compare it with."""
VIDEO_EMBEDDING = "video_embedding"
"""A video's raw features, by name, to `embedding` [batch, 768], L2-normalised."""
USER_FEATURES = "user_features"
"""A user's raw features to `features` [batch, width], the input of the user tower."""
VIDEO_FEATURES = "video_features"
"""A video's raw features to `features` [batch, width], the input of the video tower."""
USER_TOWER = "user_tower"
"""`features` to `embedding`: dense numbers without strings or tables, so it can be converted."""
VIDEO_TOWER = "video_tower"
"""The same for videos."""
SCORE = "score"
"""`examples`, serialized pairs, to `prediction` [batch], the probability of a like."""

EMBEDDING = "embedding"
PREDICTION = "prediction"
