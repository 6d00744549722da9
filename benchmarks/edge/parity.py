"""Vectors and lists of real users by SavedModel, ONNX Runtime and TypeScript."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.table import Line
from components.edge_check.checks import other_places
from releases.vectors import load_embeddings_from_db
from schema.arrays import Float32
from schema.database import Connection
from schema.feature import Side
from schema.signatures import EDGE_FOLDER, EMBEDDING, FEATURES, MODEL_NAME, USER_FEATURES, USER_ONNX
from serving.edge_function import FUNCTION
from serving.launcher import model_server
from serving.model_client import ModelServerClient
from serving.user_features import batch_user_features

__all__ = ["parity"]

SCRIPT = Path(__file__).parent / "embed.ts"


def parity(
    connection: Connection, models: Path, version: str, deno: Path, users: Sequence[str]
) -> Iterator[Line]:
    """Largest differences from the SavedModel's vectors, and places with another video.

    Args:
        connection: to the last run's database.
        models: folder with a folder for each version.
        version: the live one.
        deno: the program.
        users: UUIDs as text.
    """
    instances = list(batch_user_features(connection, users).values())
    with model_server(models) as server, ModelServerClient(server.ready(), MODEL_NAME) as client:
        expected = client.embed_users(instances, version)
        features = client.embed(instances, version, USER_FEATURES)
    folder = models / version / EDGE_FOLDER
    session = onnxruntime.InferenceSession(folder / USER_ONNX)
    found = {
        "ONNX Runtime": session.run([EMBEDDING], {FEATURES: features})[0],
        "TypeScript": _by_the_function(deno, folder, instances),
    }
    videos = load_embeddings_from_db(connection, Side.VIDEO, version).vectors
    for name, vectors in found.items():
        off = float(np.abs(vectors - expected).max())
        yield Line(f"{name}: largest difference, {len(users):,} users", f"{off:.1e}", "1e-5")
        places = other_places(expected, vectors, videos)
        yield Line(f"{name}: places of their first 20 that differ", str(places), "0")


def _by_the_function(deno: Path, folder: Path, instances: Sequence[object]) -> Float32:
    config = ["--config", str(FUNCTION / "deno.json"), "--frozen", f"--allow-read={folder}"]
    done = subprocess.run(
        [str(deno), "run", "--quiet", "--cached-only", *config, str(SCRIPT), str(folder)],
        input=json.dumps(instances), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return np.array(json.loads(done.stdout), np.float32)
