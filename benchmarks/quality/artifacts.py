"""Where a run's nodes wrote what the bench reads."""

from __future__ import annotations

from pathlib import Path

from tfx.utils import path_utils

from pipeline.run_history import open_store
from pipeline.settings import Settings

__all__ = ["model", "newest", "shards"]


def newest(settings: Settings, kind: str, node: str) -> Path:
    """Folder of a node's newest artifact of the type `kind`."""
    found = open_store(settings.metadata).get_artifacts_by_type(kind)
    own = [artifact for artifact in found if f"/{node}/" in artifact.uri]
    return Path(max(own, key=lambda artifact: artifact.last_update_time_since_epoch).uri)


def model(settings: Settings, node: str) -> Path:
    """Folder of a node's newest SavedModel."""
    return Path(path_utils.serving_model_path(str(newest(settings, "Model", node))))


def shards(settings: Settings, node: str, split: str) -> list[str]:
    """Files of a reading's newest Examples."""
    return sorted(map(str, (newest(settings, "Examples", node) / f"Split-{split}").glob("*.gz")))
