"""Resolver of the live model: the one that the pointer row names, other than the candidate.

TFX's LatestBlessedModelStrategy takes the last one that passed the gates, which may have failed to
go live, or have been rolled back. It also resolves the candidate itself when a run is repeated, so
that the Evaluator and all later nodes would run again.
"""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.common import resolver
from tfx.types import Channel, standard_artifacts

from components.node.connection import in_transaction
from components.node.lineage import model_folder, model_version, released
from releases.registry import read_pointer

__all__ = ["LiveModelStrategy", "live_model_resolver"]

MODEL, BLESSING, CANDIDATE = "model", "model_blessing", "candidate"


class LiveModelStrategy(resolver.ResolverStrategy):
    """The live model and its blessing, or none; the one before it if the candidate is live.

    Args:
        database_url_env: name of the environment variable that holds the database's URL.
    """

    def __init__(self, database_url_env: str) -> None:
        self._variable = database_url_env

    def resolve_artifacts(
        self, store: Any, input_dict: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        """Keep at most one model and its blessing."""
        del store
        pointer = in_transaction(self._variable, read_pointer)
        candidates = {_version(artifact) for artifact in input_dict[CANDIDATE]}
        wanted = pointer.previous if pointer.version in candidates else pointer.version
        usable = [
            (model, blessing)
            for model, blessing in released(input_dict[MODEL], input_dict[BLESSING])
            if _version(model) == wanted != ""
        ]
        return {
            MODEL: [model for model, _ in usable[-1:]],
            BLESSING: [blessing for _, blessing in usable[-1:]],
            CANDIDATE: input_dict[CANDIDATE],
        }


def _version(model: Any) -> str:
    """The version of a Model; empty if its files are gone."""
    try:
        return model_version(model_folder(model))
    except OSError:
        return ""


def live_model_resolver(candidate: Channel, database_url_env: str) -> resolver.Resolver:
    """The resolver node; its output `model` is the Evaluator's baseline."""
    return resolver.Resolver(
        strategy_class=LiveModelStrategy,
        config={"database_url_env": database_url_env},
        model=Channel(type=standard_artifacts.Model),
        model_blessing=Channel(type=standard_artifacts.ModelBlessing),
        candidate=candidate,
    ).with_id("LiveModel")
