"""Arguments of the Beam runner."""

from __future__ import annotations

__all__ = ["BEAM_ARGS"]

BEAM_ARGS = [
    "--runner=FnApiRunner",  # DirectRunner would download another runner first
    # No container is started. Without an image, TFX would pack its own sources in each node, for
    # remote workers, which takes 2 to 3 s.
    "--sdk_container_image=none",
    # The types of steps that are TFX's own are right; to check them takes up to a fifth of a node.
    "--no_pipeline_type_check",
]
