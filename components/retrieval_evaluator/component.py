"""The TFX node: measures candidate, live model and popularity on one window; blesses or refuses."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.components.evaluator import constants
from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import Examples, Model, ModelBlessing, ModelEvaluation
from tfx.utils import io_utils

from components import ranking_metrics
from components.inference import (
    generate_start_embeddings,
    generate_user_embeddings,
    generate_video_embeddings,
)
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.lineage import is_blessed, mark_blessing, model_folder
from components.retrieval_evaluator.gate import refusals
from components.retrieval_evaluator.lists import user_lists
from components.retrieval_evaluator.measure import (
    KS,
    difference,
    group_differences,
    measure,
    popular,
    protocol,
)
from components.retrieval_evaluator.window import Window, read_window
from releases.vectors import Embeddings
from schema.arrays import Float32
from schema.documents.ranking import CANDIDATE, LIVE, POPULARITY, RankingFigures
from schema.errors import DataError
from schema.signatures import USER_START

__all__ = ["FIGURES", "RetrievalEvaluator", "evaluate", "vectors", "vectors_of"]

FIGURES = "ranking.json"
START = "the closed form"
WINDOW = "eval"
NOBODY = "too few decisions: nobody in the eval window likes a video not decided on before"


def evaluate(
    models: dict[str, Path], users: list[str], popularity: list[str], catalogue: list[str]
) -> RankingFigures:
    """Figures of each model and of popularity, what the candidate differs by, and the reasons.

    Args:
        models: SavedModels by name, the candidate first.
        users: shards of the reading `ranking`, one window.
        popularity: shards of the reading of that name.
        catalogue: shards of every video.
    """
    window = read_window(users, popularity, catalogue)
    if not window.relevant:
        return _unmeasured(window, NOBODY)
    tops = {POPULARITY: popular(window)}
    try:
        for name, folder in models.items():
            model = tf.saved_model.load(str(folder))
            people, videos = vectors_of(model, window, users, catalogue)
            tops[name] = ranking_metrics.top_k(people, videos, window.seen, max(KS))
            if name == CANDIDATE and USER_START in model.signatures:
                people = _in_order(generate_start_embeddings(model, sorted(users)), window.users)
                tops[START] = ranking_metrics.top_k(people, videos, window.seen, max(KS))
    except DataError as error:
        return _unmeasured(window, str(error))
    measured = {name: measure(top, window) for name, top in tops.items()}
    ours = measured.pop(CANDIDATE)
    rivals = {name: per_user for name, (_, per_user) in measured.items()}
    changes = {name: difference(ours[1], theirs) for name, theirs in rivals.items()}
    groups = group_differences(ours[1], rivals, window)
    return RankingFigures(
        protocol=protocol(window),
        models={CANDIDATE: ours[0], **{name: m[0] for name, m in measured.items()}},
        differences=changes,
        groups=groups,
        lists=user_lists(tops[CANDIDATE], tops.get(LIVE, tops[POPULARITY]), window),
        reasons=refusals(changes, groups),
    )


def _unmeasured(window: Window, reason: str) -> RankingFigures:
    return RankingFigures(protocol=protocol(window), models={}, differences={}, reasons=[reason])


def vectors(
    folder: Path, window: Window, users: list[str], catalogue: list[str]
) -> tuple[Float32, Float32]:
    """[users, 768] and [videos, 768] of a SavedModel, in the window's order.

    Raises:
        DataError: if one is not finite or not of length 1.
    """
    return vectors_of(tf.saved_model.load(str(folder)), window, users, catalogue)


def vectors_of(
    model: Any, window: Window, users: list[str], catalogue: list[str]
) -> tuple[Float32, Float32]:
    """As `vectors`, of a SavedModel that is loaded."""
    return (
        _in_order(generate_user_embeddings(model, sorted(users)), window.users),
        _in_order(generate_video_embeddings(model, sorted(catalogue)), window.videos),
    )


def _in_order(batches: Iterable[Embeddings], wanted: list[str]) -> Float32:
    """[wanted, 768] of all batches."""
    ids, vectors = zip(*batches, strict=True)
    row_of = {name: row for row, name in enumerate(name for of_batch in ids for name in of_batch)}
    return np.concatenate(vectors)[[row_of[name] for name in wanted]]


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Writes the figures, and the blessing that decides for all later nodes."""
        del parameters
        named = {CANDIDATE: inputs.one("model"), LIVE: inputs.maybe("live_model")}
        figures = evaluate(
            {name: model_folder(model) for name, model in named.items() if model},
            inputs.shards("users", WINDOW),
            inputs.shards("popularity", WINDOW),
            inputs.shards("catalogue", "all"),
        )
        figures.write(outputs.folder("evaluation") / FIGURES)
        blessed = is_blessed(inputs.one("model_blessing")) and not figures.reasons
        _bless(outputs.one("blessing"), inputs.one("model"), blessed=blessed)


def _bless(blessing: Any, model: Any, *, blessed: bool) -> None:
    name = constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME
    io_utils.write_string_file(str(Path(blessing.uri) / name), "")
    mark_blessing(blessing, model, blessed=blessed)


class RetrievalEvaluator(Node):
    """Ranks the full catalogue for the users of the eval window; blesses with the Evaluator.

    Args:
        model: the candidate.
        model_blessing: decision of the Evaluator.
        live_model: the live model, or nothing.
        users: users as of the window's beginning, split `eval`.
        popularity: every video's likes before the window, split `eval`.
        catalogue: every video, split `all`.
        code: hash of the sources that decide the result, for the cache key.
    """

    SPEC_CLASS = spec(
        inputs={
            "model": Model,
            "model_blessing": ModelBlessing,
            "users": Examples,
            "popularity": Examples,
            "catalogue": Examples,
        },
        optional={"live_model": Model},
        outputs={"blessing": ModelBlessing, "evaluation": ModelEvaluation},
        parameters={"code": str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(
        self,
        model: Channel,
        model_blessing: Channel,
        live_model: Channel,
        users: Channel,
        popularity: Channel,
        catalogue: Channel,
        code: str,
    ) -> None:
        super().__init__(
            model=model, model_blessing=model_blessing, live_model=live_model, users=users,
            popularity=popularity, catalogue=catalogue, code=code,
        )  # fmt: skip
