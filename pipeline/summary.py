"""The machine-readable end of a run: `summary.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ml_metadata.metadata_store import metadata_store

from components.example_gen.component import PostgresExampleGen
from components.model_review.kept import keep_review
from components.node.lineage import COUNTS, ROWS, WINDOWS, node_of
from components.quarantine.component import QuarantineReport
from pipeline.json_file import write_json
from pipeline.progress import NodeRun
from pipeline.run_history import open_store
from pipeline.settings import Settings
from schema.documents.review import NodeCost, Review
from schema.documents.summary import Node, Summary, Windows

__all__ = ["write_summary"]


def write_summary(settings: Settings, runs: list[NodeRun]) -> Summary:
    """Writes what the run came to, from the review's figures and from ML Metadata.

    The review gets the nodes' cost: its own node cannot know it.
    """
    review = Review.read(settings.review_figures)
    review = review.model_copy(update={"cost": _cost(runs, _last_seconds(settings.summary))})
    keep_review(settings.review_page, review)
    store = open_store(settings.metadata)
    summary = Summary(
        kind="two_tower.summary/1",
        model_version=review.version,
        review=review,
        windows=_windows(store),
        rows_read=_rows_read(store),
        quarantine=_quarantined(store),
        nodes=[Node(**asdict(run)) for run in runs],
        peak_mb=max(run.peak_mb for run in runs),
        seconds=round(sum(run.seconds for run in runs), 1),
        paths={
            "models": str(settings.models),
            "review": str(settings.review_page),
            "metadata": str(settings.metadata),
            "log": str(settings.log),
        },
    )
    write_json(settings.summary, summary.plain())
    return summary


def _cost(runs: list[NodeRun], last: dict[str, float]) -> list[NodeCost]:
    return [NodeCost(**asdict(run), last_seconds=last.get(run.node)) for run in runs]


def _last_seconds(summary: Path) -> dict[str, float]:
    """Seconds of the last run's nodes; none before a first run."""
    try:
        nodes = json.loads(summary.read_text(encoding="utf-8"))["nodes"]
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return {}
    return {node["node"]: node["seconds"] for node in nodes if not node["skipped"]}


def _windows(store: metadata_store.MetadataStore) -> Windows:
    """The ends of train, valid and eval that the newest reading of decisions was cut at."""
    kind = f"{PostgresExampleGen.__module__}.{PostgresExampleGen.__name__}"
    given = [
        execution.custom_properties[WINDOWS].string_value
        for execution in sorted(store.get_executions_by_type(kind), key=lambda one: one.id)
        if WINDOWS in execution.custom_properties
    ]
    return Windows.model_validate_json(given[-1])


def _quarantined(store: metadata_store.MetadataStore) -> dict[str, int]:
    """Rows by "table: reason", as the newest Quarantine found them."""
    reports = store.get_artifacts_by_type(QuarantineReport.TYPE_NAME)
    newest = max(reports, key=lambda artifact: artifact.id)
    return dict(json.loads(newest.custom_properties[COUNTS].string_value))


def _rows_read(store: metadata_store.MetadataStore) -> dict[str, int]:
    """Rows of each newest Examples artifact, by the node that read it."""
    examples = sorted(store.get_artifacts_by_type("Examples"), key=lambda artifact: artifact.id)
    rows = {}
    for artifact in examples:
        rows[node_of(artifact)] = artifact.custom_properties[ROWS].int_value
    return rows
