"""ModelReview: the last node; writes figures and decisions of a model as a page."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import (
    ExampleAnomalies,
    Examples,
    ExampleStatistics,
    Model,
    ModelBlessing,
    ModelEvaluation,
    ModelRun,
)

from components.example_validator import public_columns
from components.model_review.dashboards.build import write_dashboards
from components.model_review.data import read_data
from components.model_review.database import with_database
from components.model_review.facets.page import render
from components.model_review.facets.statistics import eval_statistics, side_by_side
from components.model_review.figures import read_figures
from components.model_review.kept import keep_review
from components.model_review.reviews import folder_of, replace, reviews_of
from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import DATABASE, in_transaction
from components.node.lineage import WINDOWS, is_blessed, model_folder
from components.node.run_lock import check_run_lock
from components.quarantine.component import QuarantineReport
from components.release import OUTCOME
from components.release_fit.component import RECORD
from components.retrieval_evaluator.component import FIGURES
from components.trainer.fitting.history import read_history
from releases.registry import add_figures
from schema.documents.outcome import ReleaseOutcome
from schema.documents.ranking import CANDIDATE, RankingFigures
from schema.documents.release import ReleaseRecord
from schema.documents.review import Review
from schema.tfmd import EXAMPLES

__all__ = ["ModelReview"]


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Write the pages, and enter the gates' figures into the registry."""
        del outputs
        figures = read_figures(
            inputs.folder("evaluation"),
            model_folder(inputs.one("model")),
            RankingFigures.read(inputs.folder("ranking") / FIGURES),
            read_history(inputs.folder("model_run")),
            blessed=is_blessed(inputs.one("model_blessing")),
            release=ReleaseRecord.read(inputs.folder("release_fit") / RECORD),
            outcome=ReleaseOutcome.read(inputs.folder("release") / OUTCOME),
            data=read_data(
                {kind: inputs.folder(f"{kind}_anomalies") for kind in ("decisions", "catalogue")},
                inputs.one("quarantine"),
            ),
        )
        figures = in_transaction(parameters[DATABASE], partial(with_database, figures))
        check_run_lock()
        page = Path(parameters["page"])
        if parameters["facets"]:
            _write_data_page(inputs, reviews_of(page), figures.version, Path(parameters["facets"]))
        windows = json.loads(inputs.one("model_run").get_string_custom_property(WINDOWS))
        window = windows["valid_end"], windows["eval_end"]
        write_dashboards(reviews_of(page), inputs.folder("evaluation"), figures, window)
        keep_review(page, figures)
        gates = {"gates": _gates(figures)}
        in_transaction(parameters[DATABASE], lambda c: add_figures(c, figures.version, gates))


def _write_data_page(inputs: Artifacts, reviews: Path, version: str, wheel: Path) -> None:
    """Writes TFDV's facets of both kinds of Examples into the version's folder."""
    columns = public_columns(EXAMPLES["decisions"])
    evaluated = eval_statistics(inputs.shards("decisions", "eval"), columns)
    of_kind = {
        title: side_by_side(inputs.one(f"{kind}_statistics"), inputs.maybe(f"last_{kind}"), *more)
        for kind, title, more in (
            ("decisions", "Decisions", [("eval", evaluated)]),
            ("catalogue", "Catalogue", []),
        )
    }
    replace(folder_of(reviews, version) / "data.html", render(version, of_kind, wheel))


def _gates(review: Review) -> dict[str, float | None]:
    """The candidate's two figures that the gates judge, for the registry."""
    ranked = review.ranking.models.get(CANDIDATE)
    return {
        "auc_pr": review.candidate.overall.auc_pr,
        "ndcg@10": ranked.ndcg_10.mean if ranked else None,
    }


class ModelReview(Node):
    """Shows the model's review as a page; it decides nothing and is written for a refused one too.

    Args:
        model: the candidate.
        model_run: how it was fitted.
        evaluation: what TFMA measured of it.
        ranking: what the RetrievalEvaluator measured of it.
        model_blessing: decision of both gates.
        release_fit: record of the release fit.
        release: outcome of the release.
        decisions_anomalies: what the validator of the decisions has measured.
        catalogue_anomalies: what the validator of the catalogue has measured.
        quarantine: the report of the rows that were left out.
        decisions: the Examples of the fit.
        decisions_statistics: statistics of their train and valid split.
        catalogue_statistics: statistics of the catalogue.
        last_decisions: statistics of the last run's decisions; may be empty.
        last_catalogue: statistics of the last run's catalogue; may be empty.
        page: the HTML file to write; the figures go beside it as JSON, and a copy, TFMA's
            dashboards and an index into the folder `reviews` there.
        facets: the wheel whose elements draw TFDV's facets as `data.html`; empty for no such page.
        database_url_env: name of the environment variable that holds the database's URL.
    """

    SPEC_CLASS = spec(
        inputs={
            "model": Model,
            "model_run": ModelRun,
            "evaluation": ModelEvaluation,
            "ranking": ModelEvaluation,
            "model_blessing": ModelBlessing,
            "release_fit": ModelEvaluation,
            "release": ModelEvaluation,
            "decisions_anomalies": ExampleAnomalies,
            "catalogue_anomalies": ExampleAnomalies,
            "quarantine": QuarantineReport,
            "decisions": Examples,
            "decisions_statistics": ExampleStatistics,
            "catalogue_statistics": ExampleStatistics,
        },
        optional={"last_decisions": ExampleStatistics, "last_catalogue": ExampleStatistics},
        parameters={"page": str, "facets": str, DATABASE: str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self,
        model: Channel,
        model_run: Channel,
        evaluation: Channel,
        ranking: Channel,
        model_blessing: Channel,
        release_fit: Channel,
        release: Channel,
        decisions_anomalies: Channel,
        catalogue_anomalies: Channel,
        quarantine: Channel,
        decisions: Channel,
        decisions_statistics: Channel,
        catalogue_statistics: Channel,
        last_decisions: Channel,
        last_catalogue: Channel,
        page: str,
        facets: str,
        database_url_env: str,
    ) -> None:
        super().__init__(
            model=model, model_run=model_run, evaluation=evaluation, ranking=ranking,
            model_blessing=model_blessing, release_fit=release_fit, release=release,
            decisions_anomalies=decisions_anomalies, catalogue_anomalies=catalogue_anomalies,
            quarantine=quarantine, decisions=decisions, decisions_statistics=decisions_statistics,
            catalogue_statistics=catalogue_statistics, last_decisions=last_decisions,
            last_catalogue=last_catalogue, page=page, facets=facets,
            **{DATABASE: database_url_env},
        )  # fmt: skip
