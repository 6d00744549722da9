"""Which fit the next one may begin with: the newest released one whose windows end no later.

A release that was fitted on these very decisions is left out: a rerun must find the same inputs,
and a fit must not begin where it has already ended.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tfx.dsl.components.common import resolver
from tfx.dsl.io import fileio
from tfx.types import Channel, standard_artifacts

from components.blessing import released

__all__ = ["WarmStartStrategy", "mark_fit", "warm_start_resolver"]

MODEL, BLESSING, RUN, EXAMPLES = "model", "model_blessing", "model_run", "examples"
FITTED_ON, WINDOWS = "examples_id", "windows"
"""Custom properties of a ModelRun: the Examples' artifact, and how time was cut in it."""


def mark_fit(run: Any, examples: Any) -> None:
    """Writes on the ModelRun what it was fitted on."""
    run.set_int_custom_property(FITTED_ON, examples.id)
    run.set_string_custom_property(WINDOWS, examples.get_string_custom_property(WINDOWS))


class WarmStartStrategy(resolver.ResolverStrategy):
    """The ModelRun of the newest usable release, or none.

    Args:
        wanted: whether any is.
    """

    def __init__(self, wanted: bool) -> None:  # noqa: FBT001
        self._wanted = wanted

    def resolve_artifacts(
        self, store: Any, input_dict: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        """Keeps at most one."""
        del store
        (examples,) = input_dict[EXAMPLES]
        # TFX writes to `<root>/<node>/<output>/<execution>`.
        runs = {Path(run.uri).name: run for run in input_dict[RUN] if _usable(run, examples)}
        releases = released(input_dict[MODEL], input_dict[BLESSING])
        names = [Path(model.uri).name for model, _ in releases]
        found = [runs[name] for name in names if name in runs]
        return {
            MODEL: [],
            BLESSING: [],
            RUN: found[-1:] if self._wanted else [],
            EXAMPLES: input_dict[EXAMPLES],
        }


def _usable(run: Any, examples: Any) -> bool:
    """Else its weights may have seen the window that they are to be judged by."""
    fitted_on = run.get_int_custom_property(FITTED_ON)
    if fitted_on in {0, examples.id} or not fileio.isdir(run.uri):
        return False
    before, now = _windows(run), _windows(examples)
    return all(before[end] <= now[end] for end in ("train_end", "valid_end"))


def _windows(artifact: Any) -> dict[str, datetime]:
    texts = json.loads(artifact.get_string_custom_property(WINDOWS))
    return {name: datetime.fromisoformat(text) for name, text in texts.items()}


def warm_start_resolver(examples: Channel, *, wanted: bool) -> resolver.Resolver:
    """The node; its output `model_run` is the Trainer's `warm_start`."""
    return resolver.Resolver(
        strategy_class=WarmStartStrategy,
        config={"wanted": wanted},
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
        model_run=Channel(type=standard_artifacts.ModelRun),
        examples=examples,
    ).with_id("WarmStart")
