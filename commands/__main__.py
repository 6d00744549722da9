"""The commands of `make run`, `recommend`, `features`, `review` and `ab-…`. None imports TFX."""

from __future__ import annotations

import argparse
import logging
import signal
import sys

from commands import ab_report, ab_start, ab_stop, features, recommend, review, run
from pipeline.failures import of_error
from pipeline.settings import from_environment
from schema.parent_death import end_with_parent

__all__ = ["main"]

_WORDS = {
    "run": run, "recommend": recommend, "features": features, "review": review,
    "ab-start": ab_start, "ab-stop": ab_stop, "ab-report": ab_report,
}  # fmt: skip


def main() -> None:
    """Run the command; any error is printed as one line, with status 1."""
    arguments = _arguments()
    # By default, SIGTERM would leave database, model server and nodes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended by SIGTERM"))
    if arguments.parent:
        end_with_parent(arguments.parent, signal.SIGTERM)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        arguments.command(from_environment(), arguments)
    except Exception as error:
        if arguments.verbose:
            raise
        line = of_error(error, "the command", "VERBOSE=1, or --verbose, shows where")
        sys.exit(f"error: {line}")
    except KeyboardInterrupt:
        sys.exit("interrupted: a rerun goes on from the last finished node")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m commands", description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="show tracebacks")
    parser.add_argument(
        "--parent", type=int, help="id of the process to end with, as make gives it"
    )
    words = parser.add_subparsers(required=True)
    for name, module in _WORDS.items():
        word = words.add_parser(name, help=(module.command.__doc__ or "").splitlines()[0])
        word.set_defaults(command=module.command)
        module.add_arguments(word)
    return parser.parse_args()


if __name__ == "__main__":
    main()
