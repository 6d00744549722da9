"""Resolver of the previous release for a warm start: the newest whose windows end in time.

Its windows must end no later than this run's. A release fitted on the same Examples is left out: a
rerun must find the same inputs, and a fit must not start from its own result.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from tfx.dsl.components.common import resolver
from tfx.dsl.io import fileio
from tfx.types import Channel, standard_artifacts

from components.node.lineage import FITTED_ON, WINDOWS, released, warm_start_folder

__all__ = ["LastReleaseStrategy", "last_release_resolver"]

MODEL, BLESSING, RUN, EXAMPLES = "model", "model_blessing", "model_run", "examples"


class LastReleaseStrategy(resolver.ResolverStrategy):
    """The ModelRun of the newest usable release, or none.

    Args:
        wanted: whether a warm start is wanted; if not, none is resolved.
    """

    def __init__(self, wanted: bool) -> None:  # noqa: FBT001
        self._wanted = wanted

    def resolve_artifacts(
        self, store: Any, input_dict: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        """Keep at most one artifact."""
        del store
        return {
            MODEL: [],
            BLESSING: [],
            RUN: self._found(**input_dict)[-1:],
            EXAMPLES: input_dict[EXAMPLES],
        }

    def _found(
        self, model: list[Any], model_blessing: list[Any], model_run: list[Any], examples: list[Any]
    ) -> list[Any]:
        if not self._wanted:
            return []
        # TFX writes to `<root>/<node>/<output>/<execution>`.
        runs = {Path(run.uri).name: run for run in model_run}
        names = [Path(one.uri).name for one, _ in released(model, model_blessing)]
        return [runs[name] for name in names if name in runs and _usable(runs[name], *examples)]


def _usable(run: Any, examples: Any) -> bool:
    """Whether the run saved weights, was fitted on other Examples, and saw no eval data of ours."""
    fitted_on = run.get_int_custom_property(FITTED_ON)  # 0 if none is recorded
    if fitted_on in {0, examples.id} or not fileio.isdir(str(warm_start_folder(run.uri))):
        return False
    before, now = _windows(run), _windows(examples)
    return all(before[end] <= now[end] for end in ("train_end", "valid_end"))


def _windows(artifact: Any) -> dict[str, datetime]:
    texts = json.loads(artifact.get_string_custom_property(WINDOWS))
    return {name: datetime.fromisoformat(text) for name, text in texts.items()}


def last_release_resolver(examples: Channel, *, wanted: bool) -> resolver.Resolver:
    """The resolver node; its output `model_run` is the Trainer's `last_release`."""
    return resolver.Resolver(
        strategy_class=LastReleaseStrategy,
        config={"wanted": wanted},
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
        model_run=Channel(type=standard_artifacts.ModelRun),
        examples=examples,
    ).with_id("LastRelease")
