"""Resolver of the live model: the last one that passed both gates, other than the candidate.

TFX's LatestBlessedModelStrategy resolves the candidate itself when a run is repeated, so that the
Evaluator and all later nodes would run again.
"""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.common import resolver
from tfx.dsl.io import fileio
from tfx.types import Channel, standard_artifacts

from components.node.lineage import released

__all__ = ["LiveModelStrategy", "live_model_resolver"]

MODEL, BLESSING, CANDIDATE = "model", "model_blessing", "candidate"


class LiveModelStrategy(resolver.ResolverStrategy):
    """The newest blessed model whose files exist and that is not the candidate, or none."""

    def resolve_artifacts(
        self, store: Any, input_dict: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        """Keep at most one model and its blessing."""
        del store
        candidates = {artifact.id for artifact in input_dict[CANDIDATE]}
        usable = [
            (model, blessing)
            for model, blessing in released(input_dict[MODEL], input_dict[BLESSING])
            if model.id not in candidates and fileio.isdir(model.uri)
        ]
        return {
            MODEL: [model for model, _ in usable[-1:]],
            BLESSING: [blessing for _, blessing in usable[-1:]],
            CANDIDATE: input_dict[CANDIDATE],
        }


def live_model_resolver(candidate: Channel) -> resolver.Resolver:
    """The resolver node; its output `model` is the Evaluator's baseline."""
    return resolver.Resolver(
        strategy_class=LiveModelStrategy,
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
        candidate=candidate,
    ).with_id("LiveModel")
