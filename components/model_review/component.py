"""ModelReview: the last node; writes down what was measured and said, for a person to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import Channel, artifact_utils, component_spec, standard_artifacts

from components.model_review.figures import read_figures
from components.model_review.page import write_review
from components.node.always_run import AlwaysRunDriver
from components.node.lineage import is_blessed, model_folder
from components.node.run_lock import check_run_lock
from components.retrieval_evaluator.component import FIGURES
from components.trainer.fitting.history import read_history
from schema.documents.ranking import RankingFigures

__all__ = ["ModelReview"]


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {"page": component_spec.ExecutionParameter(type=str)}  # noqa: RUF012
    INPUTS = {  # noqa: RUF012
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "model_run": component_spec.ChannelParameter(type=standard_artifacts.ModelRun),
        "evaluation": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation),
        "ranking": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation),
        "model_blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
    }
    OUTPUTS: dict[str, Any] = {}  # noqa: RUF012


class _Executor(base_executor.BaseExecutor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Reads the evaluation and the blessing, writes the page."""
        self._log_startup(input_dict, output_dict, exec_properties)
        evaluation = artifact_utils.get_single_uri(input_dict["evaluation"])
        ranking, run = (
            Path(artifact_utils.get_single_uri(input_dict[name]))
            for name in ("ranking", "model_run")
        )
        figures = read_figures(
            Path(evaluation),
            model_folder(input_dict),
            RankingFigures.read(ranking / FIGURES),
            read_history(run),
            blessed=is_blessed(input_dict),
        )
        check_run_lock()
        write_review(Path(exec_properties["page"]), figures)


class ModelReview(base_component.BaseComponent):
    """Shows the model's review as a page; it decides nothing and is written for a refused one too.

    Args:
        model: the candidate.
        model_run: how it was fitted.
        evaluation: what TFMA measured of it.
        ranking: what the RetrievalEvaluator measured of it.
        model_blessing: the gates' word on it.
        page: the HTML file to write; the figures go beside it as JSON.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self,
        model: Channel,
        model_run: Channel,
        evaluation: Channel,
        ranking: Channel,
        model_blessing: Channel,
        page: str,
    ) -> None:
        inputs = {"model": model, "model_run": model_run, "model_blessing": model_blessing}
        inputs |= {"evaluation": evaluation, "ranking": ranking}
        super().__init__(spec=_Spec(**inputs, page=page))
