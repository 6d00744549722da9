"""Arguments of the Beam runner."""

from __future__ import annotations

__all__ = ["BEAM_ARGS"]

BEAM_ARGS = [
    "--runner=FnApiRunner",  # DirectRunner would download another runner first
    # Nothing starts a container here. Where no image is named, TFX packs its own sources in
    # each node, for workers elsewhere: 2 to 3 s.
    "--sdk_container_image=none",
]
