"""Runs in MLflow, for those who have set TRACKING_URI: its parameters, metrics and page.

MLflow is an extra, and is imported only then. A release is a version of the registered model
`two_tower`; the alias `champion` names the live one.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.settings import PIPELINE_NAME, Settings, given_tracking_uri
from schema.documents.summary import Summary
from schema.errors import SetupError

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["check_tracking", "name_champion", "tracked"]

CHAMPION = "champion"
VERSION = "version"
"""Tag of a run and of a registered version: the version of ours."""
_NO_PARAMETERS = {"folder", "model_server_url", "service_url"}
"""Places on this machine; an address may have a password in it."""


def check_tracking() -> None:
    """Refuse a TRACKING_URI that nothing could use, before the run.

    Raises:
        SetupError: MLflow is not installed.
    """
    if given_tracking_uri() and not importlib.util.find_spec("mlflow"):
        raise SetupError(
            "MLflow, since TRACKING_URI is set", "none",
            "install the extra `track` (docs/operations.md), or unset TRACKING_URI",
        )  # fmt: skip


@contextmanager
def tracked(settings: Settings) -> Iterator[None]:
    """Log the run of the block, if it has judged a model; also if a gate refused it.

    A server that does not take it is one line of output, and changes nothing.
    """
    before = _written_at(settings)
    try:
        yield
    finally:
        if given_tracking_uri() and _written_at(settings) != before:
            _try(lambda client: _log(client, settings))


def name_champion(version: str) -> None:
    """Give the live version the alias, after a switch by hand; nothing without TRACKING_URI."""
    if given_tracking_uri():
        _try(lambda client: _name(client, version))


def _try(act: Any) -> None:
    try:
        from mlflow import MlflowClient

        uri = given_tracking_uri()
        act(MlflowClient(tracking_uri=uri, registry_uri=uri))
    except Exception as error:  # noqa: BLE001  # MLflow and its stores raise what they like
        # The error's text may have the address, which may have a password.
        sys.stderr.write(f"TRACKING_URI did not take it: {type(error).__name__}\n")


def _written_at(settings: Settings) -> int:
    return settings.summary.stat().st_mtime_ns if settings.summary.exists() else 0


def _log(client: MlflowClient, settings: Settings) -> None:
    summary = Summary.read(settings.summary)
    outcome = summary.review.outcome
    if outcome and outcome.outcome == "unchanged" and _registered(client, outcome.version):
        return
    run = client.create_run(_experiment(client), run_name=summary.model_version)
    client.set_tag(run.info.run_id, VERSION, summary.model_version)
    for name, value in settings.model_dump(mode="json", exclude=_NO_PARAMETERS).items():
        client.log_param(run.info.run_id, name, value)
    for name, figure in _metrics(summary).items():
        client.log_metric(run.info.run_id, name, figure)
    for file in (settings.review_page, settings.summary):
        client.log_artifact(run.info.run_id, str(file))
    client.set_terminated(run.info.run_id)
    if outcome and summary.review.verdict.blessed:
        _register(client, outcome.version, run.info)
        if outcome.live == outcome.version:
            _name(client, outcome.version)


def _metrics(summary: Summary) -> dict[str, float]:
    """Figures of the candidate; MLflow's names may not have an @."""
    pairs = summary.review.candidate.overall
    ranked = summary.review.ranking.models.get("candidate")
    means = {
        name.replace("@", "_at_"): figure["mean"]
        for name, figure in (ranked.plain() if ranked else {}).items()
        if isinstance(figure, dict)
    }
    return {
        "auc_pr": pairs.auc_pr, "roc_auc": pairs.roc_auc, "seconds": summary.seconds,
        "accepted": summary.review.verdict.blessed, "peak_mb": summary.peak_mb, **means,
    }  # fmt: skip


def _experiment(client: MlflowClient) -> str:
    found = client.get_experiment_by_name(PIPELINE_NAME)
    return str(found.experiment_id) if found else client.create_experiment(PIPELINE_NAME)


def _register(client: MlflowClient, version: str, run: Any) -> None:
    if not client.search_registered_models(f"name='{PIPELINE_NAME}'"):
        client.create_registered_model(PIPELINE_NAME)
    client.create_model_version(
        PIPELINE_NAME, run.artifact_uri, run.run_id, tags={VERSION: version}
    )


def _registered(client: MlflowClient, version: str) -> str:
    """MLflow's number of a version of ours; empty if it has none."""
    found = client.search_model_versions(f"name='{PIPELINE_NAME}'")
    return next((str(one.version) for one in found if one.tags.get(VERSION) == version), "")


def _name(client: MlflowClient, version: str) -> None:
    if number := _registered(client, version):
        client.set_registered_model_alias(PIPELINE_NAME, CHAMPION, number)
    else:
        sys.stderr.write(f"TRACKING_URI knows no version {version}: no alias was moved\n")
