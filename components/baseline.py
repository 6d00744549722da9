"""Which model the candidate is compared with: the last one that passed both gates, itself left out.

TFX's LatestBlessedModelStrategy resolves the candidate itself when a run is repeated, so that
the Evaluator and all behind it would run again.
"""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.common import resolver
from tfx.dsl.io import fileio
from tfx.types import Channel, standard_artifacts

from components.blessing import ALL_GATES

__all__ = ["LiveModelStrategy", "live_model_resolver"]

MODEL, BLESSING, CANDIDATE = "model", "model_blessing", "candidate"


class LiveModelStrategy(resolver.ResolverStrategy):
    """The newest blessed model that is not the candidate and is still there, or none."""

    def resolve_artifacts(
        self, store: Any, input_dict: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        """Keeps at most one model and its blessing."""
        del store
        candidates = {artifact.id for artifact in input_dict[CANDIDATE]}
        models = {a.id: a for a in input_dict[MODEL] if fileio.isdir(a.uri)}
        blessed = {
            blessing.get_int_custom_property("current_model_id"): blessing
            for blessing in input_dict[BLESSING]
            if blessing.get_int_custom_property("blessed") == 1
            and blessing.get_int_custom_property(ALL_GATES) == 1
        }
        usable = sorted(models.keys() & blessed.keys() - candidates)[-1:]
        return {
            MODEL: [models[model] for model in usable],
            BLESSING: [blessed[model] for model in usable],
            CANDIDATE: input_dict[CANDIDATE],
        }


def live_model_resolver(candidate: Channel) -> resolver.Resolver:
    """The node; its output `model` is the Evaluator's baseline."""
    return resolver.Resolver(
        strategy_class=LiveModelStrategy,
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
        candidate=candidate,
    ).with_id("LiveModel")
