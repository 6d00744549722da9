"""What decides the result of each node, as the run's cache keys have it.

A table beside `pipeline/definition.py`, because that one takes TFX's ten seconds to import.
`tests/pipeline/test_plan_nodes.py` compares the two.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from components.example_gen.example_query import ExampleQuery
from pipeline import example_queries
from pipeline.code_hash import code_hash
from pipeline.settings import Settings
from schema.tfmd import schema_path

__all__ = [
    "BEAM", "COMPUTING", "EFFECTS", "EFFECTS_OF_A_MODEL", "ON_BEAM", "READER", "RESOLVERS",
    "Computing", "digests", "readings",
]  # fmt: skip

READER = "components.example_gen.component"
EFFECTS = (
    "Moment", "Quarantine", "EmbeddingWriter", "Pusher", "EmbeddingCheck", "Release", "ModelReview",
)  # fmt: skip
"""Nodes that always run."""
EFFECTS_OF_A_MODEL = ("EmbeddingWriter", "Pusher", "EmbeddingCheck", "Release")
"""Those that find their work done where the model is not new."""
RESOLVERS = ("LastDecisionsStatistics", "LastCatalogueStatistics", "LastRelease", "LiveModel")
"""Nodes that look up an earlier result."""
BEAM = "Beam"
"""In a run's record, beside its nodes: the hash of Beam's arguments."""
ON_BEAM = frozenset({
    "Decisions", "Catalogue", "Users", "EvalPairs", "Ranking", "Popularity", "DecisionsStatistics",
    "CatalogueStatistics", "UserTransform", "CatalogueTransform", "Evaluator",
})  # fmt: skip
"""Nodes whose work is a Beam pipeline, with Beam's arguments in their cache keys."""


@dataclass(frozen=True)
class Computing:
    """A node that is cached, other than a reader.

    Attributes:
        inputs: nodes whose results it takes.
        settings: names of the settings that are parameters of it.
        code: module whose sources are in its cache key; empty for TFX's own node.
        file: file that it imports, by the name of its Examples; empty for none.
        after: node of which it also takes the newest other result, by a resolver.
        live: whether it also takes the live model.
        warm: whether a warm start also gives it the newest release on other data.
    """

    inputs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    code: str = ""
    file: str = ""
    after: str = ""
    live: bool = False
    warm: bool = False


_TRANSFORM = "components.transform.preprocessing"
_VALIDATOR = "components.example_validator"
_FITTED = (
    "Decisions", "UserTransform", "Catalogue", "CatalogueTransform", "Ranking", "Popularity",
)  # fmt: skip
_FIT = ("train", "epochs", "seed", "warm_start")

COMPUTING = {
    "DecisionsSchema": Computing(file="decisions"),
    "CatalogueSchema": Computing(file="catalogue"),
    "PairsSchema": Computing(file="pairs"),
    "DecisionsStatistics": Computing(("Decisions", "DecisionsSchema")),
    "CatalogueStatistics": Computing(("Catalogue", "CatalogueSchema")),
    "DecisionsValidator": Computing(
        ("DecisionsStatistics", "DecisionsSchema"), ("drift_factor",), _VALIDATOR,
        after="DecisionsStatistics",
    ),
    "CatalogueValidator": Computing(
        ("CatalogueStatistics", "CatalogueSchema"), ("drift_factor",), _VALIDATOR,
        after="CatalogueStatistics",
    ),
    "UserTransform": Computing(("Decisions", "DecisionsSchema"), code=_TRANSFORM),
    "CatalogueTransform": Computing(("Catalogue", "CatalogueSchema"), code=_TRANSFORM),
    "Trainer": Computing(_FITTED, _FIT, "components.trainer.component", warm=True),
    "Evaluator": Computing(
        ("EvalPairs", "PairsSchema", "Trainer"),
        ("auc_pr_floor", "auc_pr_tolerance", "eval_intervals"), "components.evaluator", live=True,
    ),
    "RetrievalEvaluator": Computing(
        ("Trainer", "Evaluator", "Ranking", "Popularity", "Catalogue"),
        code="components.retrieval_evaluator.component", live=True,
    ),
    "ReleaseFit": Computing(
        (*_FITTED, "Trainer", "EvalPairs"), (*_FIT, "refit"), "components.release_fit.component",
        warm=True,
    ),
}  # fmt: skip


def readings(settings: Settings) -> dict[str, ExampleQuery]:
    """The query of each reader."""
    kinds = {
        "Decisions": example_queries.decisions,
        "Catalogue": example_queries.catalogue,
        "Users": example_queries.users,
        "EvalPairs": example_queries.eval_pairs,
        "Ranking": example_queries.ranking,
        "Popularity": example_queries.popularity,
    }
    return {name: kind(settings) for name, kind in kinds.items()}


def digests(settings: Settings) -> dict[str, str]:
    """By node of COMPUTING: a hash of settings and sources, equal if the parameters are."""
    return {name: _digest(node, settings) for name, node in COMPUTING.items()}


def _digest(node: Computing, settings: Settings) -> str:
    given = [str(getattr(settings, name)) for name in node.settings]
    code = code_hash(node.code) if node.code else ""
    file = Path(schema_path(node.file)).read_text(encoding="utf-8") if node.file else ""
    return hashlib.sha256(json.dumps([given, code, file]).encode()).hexdigest()[:16]
