"""The commands of the make targets. None of them imports TFX.

Exit status: 0 if it succeeded (a run that had nothing new to release, too), 1 if it failed, 2 for
arguments that it does not know, 3 if a gate refused the model.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys

from commands import (
    ab_report,
    ab_start,
    ab_stop,
    embed_new,
    features,
    promote,
    prune,
    recommend,
    review,
    rollback,
    run,
    serve,
    versions,
)
from pipeline.failures import of_error
from pipeline.settings import from_environment
from schema.errors import NotBlessedError
from schema.parent_death import end_with_parent

__all__ = ["main"]

REFUSED = 3
"""Exit status of a run whose model a gate refused."""
_WORDS = {
    "run": run,
    "recommend": recommend,
    "features": features,
    "review": review,
    "serve": serve,
    "versions": versions,
    "promote": promote,
    "rollback": rollback,
    "prune": prune,
    "embed-new": embed_new,
    "ab-start": ab_start,
    "ab-stop": ab_stop,
    "ab-report": ab_report,
}


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
        sys.stderr.write(f"error: {line}\n")
        sys.exit(REFUSED if isinstance(error, NotBlessedError) else 1)
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
