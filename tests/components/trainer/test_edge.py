"""The files for other runtimes give the SavedModel's numbers: ONNX Runtime, NumPy, TypeScript."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schema.feature import Side
from tests.components.toy_transform import VIDEOS, Columns
from tests.components.trainer.exported import Exported, raw_of
from tests.components.trainer.video_encoder import video_features
from tests.deno import Deno

pytestmark = pytest.mark.tfx

EMBED = Path(__file__).parents[3] / "benchmarks" / "edge" / "embed.ts"
# One column a line, one user an entry: nothing known, an ordinary one, values beyond all bounds,
# genres and videos that nobody knew, an emoji, more videos than count.
USERS: Columns = {
    "total_likes": [None, 3.0, 1e30, 7.0, 0.0, 250.0],
    "nope_share": [None, 0.5, 2.0, 0.25, -0.5, 1.0],
    "avg_price": [None, None, 1e12, 0.0, 12.5, 1.0],
    "days_active": [None, 10.0, 1e9, 20.0, 0.0, 0.01],
    "likes_per_day": [None, 0.3, 1e9, 0.35, 0.0, 1e-9],
    "recency_score": [None, 1.0, 5.0, 0.5, 0.0, 1e-20],
    "liked_genres": [
        [], ["drama", "喜劇"], ["drama"], ["unheard of", "🎬"], [], ["drama", "喜劇", "🎬"],
    ],
    "liked_genres_counts": [[], [1.0, 2.0], [1e7], [5.0, 1.0], [], [1.0, 2.0, 3.0]],
    "liked_videos": [[], ["v1", "v0"], ["v2"], ["x", "v9"], [], ["v0", "v1"] * 90],
    "noped_videos": [[], [], ["v0"], [], ["v1", "🎬"], ["v2"] * 120],
}  # fmt: skip


@pytest.fixture(scope="module")
def signatures(exported: Exported) -> Any:
    import tensorflow as tf

    return tf.saved_model.load(str(exported.folder)).signatures


@pytest.fixture(scope="module")
def edge(exported: Exported) -> Path:
    return exported.folder / "assets.extra" / "edge"


def instances() -> list[dict[str, Any]]:
    """As JSON has them: -1 for a missing number, a list of one such value for an empty list."""
    rows = zip(*USERS.values(), strict=True)
    return [
        {
            name: (value or ["" if "counts" not in name else -1.0])
            if isinstance(value, list)
            else (-1.0 if value is None else value)
            for name, value in zip(USERS, row, strict=True)
        }
        for row in rows
    ]


@pytest.mark.parametrize(("name", "side"), [("user", Side.USER), ("video", Side.VIDEO)])
def test_onnx_runtime_computes_the_tower(
    name: str, side: Side, signatures: Any, edge: Path
) -> None:
    import onnxruntime

    raw = raw_of(side, USERS if side is Side.USER else VIDEOS)
    features = signatures[f"{name}_features"](**raw)["features"].numpy()
    expected = signatures[f"{name}_tower"](features=features)["embedding"].numpy()
    session = onnxruntime.InferenceSession(edge / f"{name}_tower.onnx")
    (found,) = session.run(["embedding"], {"features": features})
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert len(session.run(["embedding"], {"features": features[:1]})[0]) == 1


def test_the_same_model_gives_the_same_bytes(
    exported: Exported, edge: Path, tmp_path: Path
) -> None:
    from components.trainer.edge import write_edge_files

    write_edge_files(exported.model, exported.users, exported.videos, tmp_path, 7)
    again = tmp_path / "assets.extra" / "edge"
    names = sorted(path.name for path in again.iterdir())
    assert names == [
        "encodings.json", "user.safetensors", "user_tower.onnx", "video.safetensors",
        "video_tower.onnx",
    ]  # fmt: skip
    assert all((again / name).read_bytes() == (edge / name).read_bytes() for name in names)


def test_numpy_makes_a_user_s_features_of_the_files(exported: Exported, signatures: Any) -> None:
    from components.edge_check.edge_files import read_edge_files
    from components.edge_check.user_features import user_features

    files = read_edge_files(exported.folder)
    expected = signatures["user_features"](**raw_of(Side.USER, USERS))["features"].numpy()
    found = np.stack([user_features(files, one) for one in instances()])
    np.testing.assert_allclose(found, expected, atol=2e-6)
    assert len({row.tobytes() for row in expected}) == len(expected), "each user is another case"


def test_numpy_makes_a_video_s_features_of_the_files(edge: Path, signatures: Any) -> None:
    """Text, categories and item embeddings, unknown ones included."""
    awkward = {
        "video_id": "v9", "text": "🎬 unheard of 夜", "genre": "🎬", "maker": None, "tags": ["🎬"],
        "performers": [], "price": 1e30, "duration_seconds": None, "performer_count": None,
        "tag_count": 0.0, "age_days": 1e9, "known_in_train": 0.0,
    }  # fmt: skip
    videos = {name: [*values, awkward[name]] for name, values in VIDEOS.items()}
    expected = signatures["video_features"](**raw_of(Side.VIDEO, videos))["features"].numpy()
    rows = [dict(zip(videos, row, strict=True)) for row in zip(*videos.values(), strict=True)]
    found = np.stack([video_features(edge, row) for row in rows])
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.edge
def test_typescript_computes_the_user_s_vector(deno: Deno, edge: Path, signatures: Any) -> None:
    expected = signatures["serving_default"](**raw_of(Side.USER, USERS))["embedding"].numpy()
    found = np.array(json.loads(deno.output(EMBED, str(edge), text=json.dumps(instances()))))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.abs(expected[0] - expected[1]).max() > 0.01
