"""Names of the served model, its signatures and their outputs."""

from __future__ import annotations

__all__ = [
    "DIMENSION",
    "EDGE_FOLDER",
    "EMBEDDING",
    "ENCODINGS",
    "FEATURES",
    "MODEL_NAME",
    "PREDICTION",
    "SCORE",
    "SERVING_DEFAULT",
    "USER_FEATURES",
    "USER_ONNX",
    "USER_START",
    "USER_TOWER",
    "USER_WEIGHTS",
    "VERSION_FILE",
    "VIDEO_EMBEDDING",
    "VIDEO_FEATURES",
    "VIDEO_ONNX",
    "VIDEO_TOWER",
    "VIDEO_WEIGHTS",
    "WARM_UP_FILE",
]

MODEL_NAME = "two_tower"
DIMENSION = 768
"""Width of both embeddings: the application's columns are vector(768)."""
VERSION_FILE = "assets.extra/version"
"""File in a SavedModel with the version that model, embeddings and review share."""
WARM_UP_FILE = "assets.extra/tf_serving_warmup_requests"
"""File in a SavedModel with warm-up requests, under TensorFlow Serving's name for it."""

EDGE_FOLDER = "assets.extra/edge"
"""Folder in a SavedModel with the files for other runtimes than TensorFlow's: docs/edge.md."""
USER_ONNX, VIDEO_ONNX = "user_tower.onnx", "video_tower.onnx"
"""`features` to `embedding`, as USER_TOWER and VIDEO_TOWER."""
USER_WEIGHTS, VIDEO_WEIGHTS = "user.safetensors", "video.safetensors"
"""Float32 arrays by name; the user's also has the tower's layers."""
ENCODINGS = "encodings.json"
"""What turns raw rows into dense numbers (schema/documents/encodings.py)."""

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

FEATURES = "features"
EMBEDDING = "embedding"
PREDICTION = "prediction"
