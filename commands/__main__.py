"""The command `two-tower`, as `python -m commands` too; the make targets call it."""

from __future__ import annotations

import logging
import signal
import sys

import click

from commands.one_line_errors import one_line_errors
from commands.words import Words

__all__ = ["main", "two_tower"]

_NAME = "two-tower"
_WORDS = {
    "init": "Write two-tower.toml, and views for other names of tables.",
    "doctor": "Check machine, database and model server before a run.",
    "plan": "Say what a run would read, compute and write, and its time.",
    "run": "Run from Postgres to a served model.",
    "serve": "Serve recommendations until Ctrl-C.",
    "edge": "Serve the Supabase Edge Function until Ctrl-C.",
    "status": "Say what is live, how the last runs ended, and what runs now.",
    "review": "Name the last run's review, and serve those of all versions.",
    "recommend": "Print the best videos for one user.",
    "features": "Print the raw features of one user or video.",
    "versions": "Print every version with its state.",
    "promote": "Make a kept version live.",
    "rollback": "Make the version live again that was live before.",
    "prune": "Drop the vectors and models of older versions.",
    "embed-new": "Embed the users and videos that the live version lacks.",
    "ab": "Compare two versions on real users: start, stop, report.",
    "bench": "Measure a run, reading, a release, the model server, …",
}
_EXIT_STATUS = """\b
Exit status:
  0  it succeeded; a run that had nothing new to release, too
  1  it failed, for the reason that one line on stderr gives
  2  it does not know a word, an option or an argument
  3  a gate refused the model

\b
Settings are variables of the environment, or lines of two-tower.toml
in this folder."""


@click.group(
    cls=Words,
    words=_WORDS,
    modules="commands.",
    epilog=_EXIT_STATUS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--verbose", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--parent", type=int, hidden=True, help="Id of the process to end with, as make gives it."
)
@click.version_option(package_name="two-tower-tfx")
@click.pass_context
def two_tower(ctx: click.Context, parent: int | None, *, verbose: bool) -> None:
    """From a Postgres of likes and nopes to recommendations."""
    ctx.with_resource(one_line_errors(verbose=verbose))
    # By default, SIGTERM would leave database, model server and nodes behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: ended by SIGTERM"))
    if parent:
        from schema.parent_death import end_with_parent

        end_with_parent(parent, signal.SIGTERM)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("absl").setLevel(logging.WARNING)  # ML Metadata says that it has connected


def main() -> None:
    """Run the command; any error is printed as one line, with status 1."""
    two_tower(prog_name=_NAME)


if __name__ == "__main__":
    main()
