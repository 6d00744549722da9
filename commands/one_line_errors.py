"""The end of a command that fails: one line, and the exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

__all__ = ["one_line_errors"]

_FAILED = 1
_REFUSED = 3
"""Exit status of a run whose model a gate refused."""
_CLICKS_OWN = (click.ClickException, click.Abort, click.exceptions.Exit)
"""Help, and arguments that it does not know."""


@contextmanager
def one_line_errors(*, verbose: bool) -> Iterator[None]:
    """End the process by one line on stderr if the block raises.

    Args:
        verbose: whether the traceback is shown instead.
    """
    try:
        yield
    except _CLICKS_OWN:
        raise
    except KeyboardInterrupt:
        sys.exit("interrupted: a rerun goes on from the last finished node")
    except Exception as error:
        if verbose:
            raise
        _end(error)


def _end(error: Exception) -> None:
    from pipeline.failures import of_error
    from schema.errors import NotBlessedError

    line = of_error(error, "the command", "VERBOSE=1, or --verbose, shows where")
    sys.stderr.write(f"error: {line}\n")
    sys.exit(_REFUSED if isinstance(error, NotBlessedError) else _FAILED)
