"""The TFX node: hands on the refitted model, or the candidate where a check fails."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import (
    Examples,
    Model,
    ModelEvaluation,
    ModelRun,
    TransformGraph,
)

from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.lineage import model_folder
from components.release_fit.checks import Judges, compare
from components.release_fit.refit import Sources, fit_release
from components.trainer.fitting.history import read_history
from components.trainer.settings import TrainSettings
from schema.documents.release import ReleaseRecord

__all__ = ["RECORD", "ReleaseFit", "settled"]

_LOG = logging.getLogger(__name__)

RECORD = "release.json"
SPLITS = ("train", "valid", "eval")
"""In the order of time."""
SWITCHED_OFF = "REFIT=0"


def settled(candidate: Path, released: Path, judges: Judges) -> ReleaseRecord:
    """Whether the refitted model is released; where it is not, the candidate replaces it."""
    checks = compare(candidate, released, judges)
    failed = [f"{c.name}: expected {c.expected}, got {c.got}" for c in checks if not c.passed]
    if failed:
        _LOG.warning(
            "the refitted model is not to be released, but the candidate: %s", "; ".join(failed)
        )
        shutil.rmtree(released)
        shutil.copytree(candidate, released)
    return ReleaseRecord(refitted=not failed, reason="; ".join(failed), checks=checks)


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Writes the model to release and the record of the fit."""
        candidate = model_folder(inputs.one("model"))
        released = model_folder(outputs.one("released"))
        if parameters["wanted"]:
            history = _fit(inputs, parameters, released)
            record = settled(candidate, released, _judges(inputs))
            record = record.model_copy(update={"history": history})
        else:
            shutil.copytree(candidate, released)
            record = ReleaseRecord(refitted=False, reason=SWITCHED_OFF, checks=[])
        record.write(outputs.folder("record") / RECORD)


def _fit(inputs: Artifacts, parameters: dict[str, Any], released: Path) -> dict[str, list[float]]:
    last = inputs.maybe("last_release")
    sources = Sources(
        decisions=[shard for split in SPLITS for shard in inputs.shards("examples", split)],
        catalogue=inputs.shards("catalogue", "all"),
        popularity=inputs.shards("popularity", "release"),
        catalogue_graph=inputs.one("catalogue_graph").uri,
        user_graph=inputs.one("transform_graph").uri,
        previous_run=last.uri if last else None,
    )
    settings = TrainSettings.from_json(parameters["settings"])
    with TemporaryDirectory() as work:
        record = read_history(inputs.folder("model_run"))
        return fit_release(settings, record, sources, Path(work), released)


def _judges(inputs: Artifacts) -> Judges:
    return Judges(
        users=inputs.shards("ranking", "eval"),
        popularity=inputs.shards("popularity", "eval"),
        catalogue=inputs.shards("catalogue", "all"),
        pairs=inputs.shards("pairs", "eval"),
    )


class ReleaseFit(Node):
    """Fits the candidate's recipe on train, valid and eval.

    It runs beside the gates, which judge the candidate alone, since the Evaluator uses one core
    only. EmbeddingWriter and Pusher release the model only where both gates have passed.

    Args:
        model: the candidate.
        model_run: how it was fitted.
        examples: decisions, splits `train`, `valid` and `eval`.
        transform_graph: of the user side.
        catalogue: every video.
        catalogue_graph: of the video side.
        ranking: users as of the beginning of the eval window, split `eval`.
        popularity: counts before the eval window and before its end, splits `eval`, `release`.
        pairs: pairs of the eval window.
        last_release: the ModelRun that the candidate may have been warm-started from; may be none.
        settings: hyper-parameters.
        wanted: whether to fit; else the candidate is handed on.
        code: hash of the sources that decide the result, for the cache key.
    """

    SPEC_CLASS = spec(
        inputs={
            "model": Model,
            "model_run": ModelRun,
            "examples": Examples,
            "transform_graph": TransformGraph,
            "catalogue": Examples,
            "catalogue_graph": TransformGraph,
            "ranking": Examples,
            "popularity": Examples,
            "pairs": Examples,
        },
        optional={"last_release": ModelRun},
        outputs={"released": Model, "record": ModelEvaluation},
        parameters={"settings": str, "wanted": int, "code": str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)

    def __init__(
        self,
        model: Channel,
        model_run: Channel,
        examples: Channel,
        transform_graph: Channel,
        catalogue: Channel,
        catalogue_graph: Channel,
        ranking: Channel,
        popularity: Channel,
        pairs: Channel,
        last_release: Channel,
        settings: TrainSettings,
        wanted: bool,  # noqa: FBT001
        code: str,
    ) -> None:
        super().__init__(
            model=model, model_run=model_run, examples=examples, transform_graph=transform_graph,
            catalogue=catalogue, catalogue_graph=catalogue_graph, ranking=ranking,
            popularity=popularity, pairs=pairs, last_release=last_release,
            settings=settings.to_json(), wanted=int(wanted), code=code,
        )  # fmt: skip
