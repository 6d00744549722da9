"""Arguments of every node's Beam pipeline: where its work is done, and what BEAM_OPTIONS adds."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager, nullcontext

from pipeline.beam_options import WORKERS, given_runner, split_options
from pipeline.settings import Settings
from pipeline.workers.pool import worker_pool

__all__ = ["BEAM_ARGS", "beam_args", "beam_digest", "beam_workers"]

_COMMON = [
    # No container is started. Without an image, TFX would pack its own sources in each node, for
    # remote workers, which takes 2 to 3 s.
    "--sdk_container_image=none",
    # The types of steps that are TFX's own are right; to check them takes up to a fifth of a node.
    "--no_pipeline_type_check",
]
BEAM_ARGS = (
    "--runner=FnApiRunner",  # DirectRunner would download another runner first
    *_COMMON,
)
"""The arguments where no setting changes them."""


def beam_workers(settings: Settings) -> AbstractContextManager[None]:
    """For a block, the processes that RUNNER=workers needs; others need none."""
    return worker_pool(settings.workers) if settings.runner == WORKERS else nullcontext()


def beam_args(settings: Settings) -> list[str]:
    """The arguments by the settings; of an option that is given twice, Beam takes the last."""
    given = split_options(settings.beam_options)
    if settings.runner == WORKERS:
        return [*_workers(settings), *_COMMON, *given]
    return [*(_COMMON if given_runner(given) else BEAM_ARGS), *given]


def _workers(settings: Settings) -> list[str]:
    return [
        "--runner=pipeline.workers.runner.WorkersRunner",
        "--environment_type=EXTERNAL",
        f"--environment_config={settings.workers}",
        f"--direct_num_workers={settings.beam_workers}",
    ]


def beam_digest(settings: Settings) -> str:
    """Hash of the arguments, which are in the cache key of nodes on Beam; empty for the usual."""
    args = beam_args(settings)
    return (
        "" if args == [*BEAM_ARGS] else hashlib.sha256(json.dumps(args).encode()).hexdigest()[:16]
    )
