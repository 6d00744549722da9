"""BEAM_OPTIONS: options of the Beam pipelines in a person's words, checked before a run."""

from __future__ import annotations

import io
import shlex
from collections.abc import Sequence
from contextlib import redirect_stderr
from difflib import get_close_matches
from typing import Any

from schema.errors import SetupError

__all__ = ["LOCAL", "WORKERS", "check_beam", "given_runner", "split_options"]

LOCAL, WORKERS = "local", "workers"
"""Values of RUNNER: Beam's work is done in the node's process, or in processes of their own."""

_FORM = "BEAM_OPTIONS of the form --name=value, separated by blanks"


def check_beam(runner: str, workers: int, options: str) -> None:
    """Return only if the three settings fit each other and this Beam; nothing is run.

    Raises:
        SetupError: one that does not, with what to change.
    """
    if runner not in {LOCAL, WORKERS}:
        raise SetupError(
            f"RUNNER {LOCAL} or {WORKERS}", repr(runner), "name others in BEAM_OPTIONS"
        )
    if workers < 1:
        raise SetupError("BEAM_WORKERS of 1 or more", str(workers), "change it")
    given = split_options(options)
    if runner == WORKERS and (own := given_runner(given)):
        got = f"--runner={own} in BEAM_OPTIONS too"
        raise SetupError(f"one runner, with RUNNER={WORKERS}", got, "unset one of them")
    if given:
        _check_options(given)


def split_options(text: str) -> list[str]:
    """The single options of a text, quoted as in a shell.

    Raises:
        SetupError: a quote is open, or a word is no option.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SetupError(_FORM, f'"{error}"', "close the quote") from error
    for word in words:
        if not word.startswith("--") or word == "--":
            raise SetupError(_FORM, repr(word), "write --name=value for --name value")
    return words


def given_runner(options: Sequence[str]) -> str:
    """The value of the last --runner; empty if there is none."""
    return next((one.partition("=")[2] for one in options[::-1] if _name(one) == "runner"), "")


def _check_options(options: Sequence[str]) -> None:
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator

    known = PipelineOptions([]).get_all_options().keys()
    parsed = _parsed(options)
    unknown = sorted(parsed.get_all_options(retain_unknown_options=True).keys() - known)
    if unknown:
        raise SetupError("options of Beam in BEAM_OPTIONS", f"--{unknown[0]}", _like(unknown[0]))
    if runner := given_runner(options):
        faults = PipelineOptionsValidator(parsed, _loaded(runner)).validate()
        if faults:
            advice = "complete BEAM_OPTIONS; docs/engines.md has examples"
            raise SetupError(f"what {runner} needs", f'"{" ".join(faults[0].split())}"', advice)


def _parsed(options: Sequence[str]) -> Any:
    from apache_beam.options.pipeline_options import PipelineOptions

    said = io.StringIO()
    try:
        with redirect_stderr(said):
            parsed = PipelineOptions(options)
            parsed.get_all_options()
    except SystemExit as error:  # argparse
        line = said.getvalue().strip().rpartition("error: ")[2]
        raise SetupError("values that Beam takes", f'"{line}"', "change BEAM_OPTIONS") from error
    return parsed


def _loaded(runner: str) -> Any:
    from apache_beam.runners.runner import create_runner

    try:
        return create_runner(runner)
    except (ImportError, AttributeError, ValueError) as error:
        advice = "install it, or change --runner in BEAM_OPTIONS"
        raise SetupError(f"a runner {runner} of Beam", f'"{error}"', advice) from error


def _name(option: str) -> str:
    return option.removeprefix("--").partition("=")[0]


def _like(unknown: str) -> str:
    from apache_beam.options.pipeline_options import PipelineOptions

    close = get_close_matches(unknown, PipelineOptions([]).get_all_options())
    return f"write --{close[0]}" if close else "remove it"
