"""The TFX node: measures candidate, live model and popularity on one window, and says yes or no."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.components.evaluator import constants
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import Channel, artifact_utils, component_spec, standard_artifacts
from tfx.utils import io_utils, path_utils

from components import ranking_metrics
from components.inference import generate_user_embeddings, generate_video_embeddings
from components.node.lineage import is_blessed, mark_blessing
from components.node.shards import shards
from components.retrieval_evaluator.gate import refusals
from components.retrieval_evaluator.measure import KS, difference, measure, popular, protocol
from components.retrieval_evaluator.window import Window, read_window
from releases.vectors import Embeddings
from schema.arrays import Float32
from schema.documents.ranking import RankingFigures
from schema.errors import DataError

__all__ = ["FIGURES", "RetrievalEvaluator", "evaluate", "vectors"]

FIGURES = "ranking.json"
CANDIDATE, LIVE, POPULARITY = "candidate", "the model in service", "popularity"
WINDOW = "eval"
NOBODY = "too few decisions: nobody in the eval window likes a video not decided on before"

_EXAMPLES = component_spec.ChannelParameter(type=standard_artifacts.Examples)


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
        for name, model in models.items():
            people, videos = vectors(model, window, users, catalogue)
            tops[name] = ranking_metrics.top_k(people, videos, window.seen, max(KS))
    except DataError as error:
        return _unmeasured(window, str(error))
    measured = {name: measure(top, window) for name, top in tops.items()}
    ours = measured.pop(CANDIDATE)
    changes = {name: difference(ours[1], theirs[1]) for name, theirs in measured.items()}
    return RankingFigures(
        protocol=protocol(window),
        models={CANDIDATE: ours[0], **{name: m[0] for name, m in measured.items()}},
        differences=changes,
        reasons=refusals(changes),
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
    model = tf.saved_model.load(str(folder))
    ids, videos = _joined(generate_video_embeddings(model, sorted(catalogue)))
    named, people = _joined(generate_user_embeddings(model, sorted(users)))
    return people[_places(named, window.users)], videos[_places(ids, window.videos)]


def _places(ids: list[str], wanted: list[str]) -> list[int]:
    row_of = {name: row for row, name in enumerate(ids)}
    return [row_of[name] for name in wanted]


def _joined(batches: Iterable[Embeddings]) -> Embeddings:
    ids, vectors = zip(*batches, strict=True)
    return Embeddings([name for of_batch in ids for name in of_batch], np.concatenate(vectors))


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {"code": component_spec.ExecutionParameter(type=str)}  # noqa: RUF012
    INPUTS = {  # noqa: RUF012
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "model_blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
        "live_model": component_spec.ChannelParameter(type=standard_artifacts.Model, optional=True),
        "users": _EXAMPLES,
        "popularity": _EXAMPLES,
        "catalogue": _EXAMPLES,
    }
    OUTPUTS = {  # noqa: RUF012
        "blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
        "evaluation": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation),
    }


class _Executor(base_executor.BaseExecutor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Writes the figures, and the blessing that all nodes behind go by."""
        self._log_startup(input_dict, output_dict, exec_properties)
        named = {CANDIDATE: input_dict["model"], LIVE: input_dict.get("live_model")}
        models = {
            name: Path(path_utils.serving_model_path(artifacts[0].uri))
            for name, artifacts in named.items()
            if artifacts
        }
        figures = evaluate(
            models,
            shards(input_dict["users"], WINDOW),
            shards(input_dict["popularity"], WINDOW),
            shards(input_dict["catalogue"], "all"),
        )
        folder = Path(artifact_utils.get_single_uri(output_dict["evaluation"]))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FIGURES).write_text(json.dumps(figures.plain(), indent=1))
        blessed = is_blessed(input_dict) and not figures.reasons
        _bless(output_dict["blessing"], input_dict["model"][0], blessed=blessed)


def _bless(blessings: list[Any], model: Any, *, blessed: bool) -> None:
    blessing = artifact_utils.get_single_instance(blessings)
    name = constants.BLESSED_FILE_NAME if blessed else constants.NOT_BLESSED_FILE_NAME
    io_utils.write_string_file(str(Path(blessing.uri) / name), "")
    mark_blessing(blessing, model, blessed=blessed)


class RetrievalEvaluator(base_component.BaseComponent):
    """Ranks the full catalogue for the users of the eval window; blesses with the Evaluator.

    Args:
        model: the candidate.
        model_blessing: the Evaluator's word on it.
        live_model: the model in service, or nothing.
        users: users as of the window's beginning, split `eval`.
        popularity: every video's likes before the window, split `eval`.
        catalogue: every video, split `all`.
        code: hash of the sources that decide the result, for the cache key.
    """

    SPEC_CLASS = _Spec
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
        spec = _Spec(
            model=model,
            model_blessing=model_blessing,
            live_model=live_model,
            users=users,
            popularity=popularity,
            catalogue=catalogue,
            code=code,
            blessing=Channel(type=standard_artifacts.ModelBlessing),
            evaluation=Channel(type=standard_artifacts.ModelEvaluation),
        )
        super().__init__(spec=spec)
