"""`python -m pipeline.local.tfx_process` is the command `tfx`, which starts and ends 3 s sooner."""

from __future__ import annotations

import atexit
import gc

from pipeline.garbage import uncollected


def main() -> None:
    """Run the TFX CLI."""
    with uncollected():
        from tfx.tools.cli.cli_main import cli_group
    atexit.register(gc.freeze)  # of all that a command has imported, before the last collection
    cli_group(prog_name="tfx")


if __name__ == "__main__":
    main()
