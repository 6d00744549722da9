"""Encoders and catalogue of one fit, read from the pipeline's artifacts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf
import tensorflow_transform as tft

from components.trainer.inputs.catalogue import Catalogue, load_catalogue, write_known_videos
from components.trainer.inputs.encoder import Encoder, VideoIndex
from components.trainer.inputs.moments import Moments, load_moments
from components.trainer.settings import TrainSettings
from schema.feature import Side

__all__ = ["Loaded", "files_of", "load_inputs"]

KNOWN_VIDEOS = "known_videos.txt"


class Loaded(NamedTuple):
    """Inputs that both fits of a run read in the same way.

    Attributes:
        users: encoder of the user side.
        videos: encoder of the video side.
        catalogue: every video; the known ones first.
        known: ids of the known videos.
    """

    users: Encoder
    videos: Encoder
    catalogue: Catalogue
    known: list[str]

    def moments(self, shards: Sequence[str]) -> Moments:
        """The moments in these shards, given in the order of time."""
        return load_moments(shards, self.users, self.catalogue)


def load_inputs(
    settings: TrainSettings,
    catalogue: Sequence[str],
    popularity: Sequence[str],
    catalogue_graph: str,
    user_graph: str,
    run: Path,
) -> Loaded:
    """Reads the catalogue through its Transform graph.

    Args:
        settings: hyper-parameters.
        catalogue: shards of every video.
        popularity: shards of the counts that say which videos are known.
        catalogue_graph: folder of the video side's TransformGraph.
        user_graph: folder of the user side's.
        run: folder for the file of known videos, which goes into the SavedModel.
    """
    known = write_known_videos(popularity, run / KNOWN_VIDEOS)
    index = VideoIndex(run / KNOWN_VIDEOS)
    videos, users = (
        Encoder(side, tft.TFTransformOutput(graph), index, settings.ignored)
        for side, graph in ((Side.VIDEO, catalogue_graph), (Side.USER, user_graph))
    )
    return Loaded(users, videos, load_catalogue(catalogue, videos), known)


def files_of(pattern: str) -> list[str]:
    """The shards that match, sorted."""
    return sorted(tf.io.gfile.glob(pattern))
