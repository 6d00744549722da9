"""The end of a command that fails: one line, and the exit status."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

__all__ = ["in_words", "one_line_errors"]

_FAILED = 1
_REFUSED = 3
"""Exit status of a run whose model a gate refused."""
_CLICKS_OWN = (click.ClickException, click.Abort, click.exceptions.Exit)
"""Help, and arguments that it does not know."""
_MAKEFILE = Path(__file__).parents[1] / "Makefile"
_TARGET = re.compile(
    r"`make (?!setup|schema|bench)(?P<ab>ab-)?(?P<word>[a-z-]+)(?: (?P<given>[^`]+))?`"
)


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
    sys.stderr.write(f"error: {line if _MAKEFILE.exists() else in_words(str(line))}\n")
    sys.exit(_REFUSED if isinstance(error, NotBlessedError) else _FAILED)


def in_words(line: str) -> str:
    """The line with words of `two-tower` in place of make's targets: a wheel has no Makefile."""
    return _TARGET.sub(_word, line)


def _word(target: re.Match[str]) -> str:
    name, _, value = (target["given"] or "").partition("=")
    words = ("two-tower", "ab" if target["ab"] else "", target["word"],
             "--port" if name == "PORT" else "", value)  # fmt: skip
    return f"`{' '.join(filter(None, words))}`"
