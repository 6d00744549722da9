"""`python -m benchmarks.scale.run [LAST]`: the pipeline's nodes by the environment's settings."""

from __future__ import annotations

import sys

from benchmarks.quality.runs import run_nodes
from pipeline.settings import from_environment


def main() -> None:
    """Run them, up to the node LAST if it is given."""
    run_nodes(from_environment(), *sys.argv[1:2])


if __name__ == "__main__":
    main()
