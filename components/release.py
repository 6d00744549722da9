"""Release: the one switch that makes a checked version live."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import ModelBlessing, ModelEvaluation

from components.embedding_check import CHECKS
from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import DATABASE, connection_named, in_transaction
from components.node.lineage import is_blessed
from releases.mirror import vacuum
from releases.registry import live_version, was_live
from releases.served import kept_models, remove_models, serve_only
from releases.switch import Switched, gone_versions, prune, switch
from schema.documents.outcome import ReleaseChecks, ReleaseOutcome
from schema.errors import TwoTowerError

__all__ = ["OUTCOME", "Release"]

_LOG = logging.getLogger(__name__)

OUTCOME = "outcome.json"
_ROLLED_BACK = (
    "it was live before and is on standby: `make promote VERSION={version}` makes it live again"
)


_HELD = "RELEASE=0: it is checked, and `make promote VERSION={version}` makes it live"


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Release or not, and write the outcome; what is missing is an outcome, not an error."""
        checks = ReleaseChecks.read(inputs.folder("checks") / CHECKS)
        outcome = _outcome(checks, parameters, blessed=is_blessed(inputs.one("model_blessing")))
        outcome.write(outputs.folder("release") / OUTCOME)
        if outcome.outcome == "released":
            _clean(parameters, mirrored=bool(outcome.mirrored))


def _outcome(checks: ReleaseChecks, parameters: dict[str, Any], *, blessed: bool) -> ReleaseOutcome:
    variable = parameters[DATABASE]
    live = in_transaction(variable, live_version)
    if not blessed:
        return ReleaseOutcome(
            outcome="refused", version=checks.version, live=live, reason="a gate refused the model"
        )
    failed = partial(
        ReleaseOutcome, outcome="failed", version=checks.version, live=live, checks=checks.checks
    )
    if checks.failed:
        _withdraw(Path(parameters["base"]), live)
        return failed(reason="; ".join(checks.failed))
    try:
        return _switched(checks, live, parameters)
    except TwoTowerError as error:
        return failed(reason=str(error))


def _switched(checks: ReleaseChecks, live: str, parameters: dict[str, Any]) -> ReleaseOutcome:
    variable, version = parameters[DATABASE], checks.version
    outcome = partial(ReleaseOutcome, version=version, checks=checks.checks)
    if version != live and in_transaction(variable, lambda c: was_live(c, version)):
        reason = _ROLLED_BACK.format(version=version)
        return outcome(outcome="unchanged", live=live, reason=reason)
    if version != live and not parameters["wanted"]:
        return outcome(outcome="unchanged", live=live, reason=_HELD.format(version=version))
    done: Switched = in_transaction(
        variable, partial(switch, version=version, mirror=bool(parameters["mirror"]))
    )
    return outcome(
        outcome="unchanged" if done.previous == version else "released",
        live=version, previous=done.previous, mirrored=done.mirrored, seconds=done.seconds,
    )  # fmt: skip


def _withdraw(base: Path, live: str) -> None:
    """Leave only the live version to the model server, if its model is there."""
    if live in kept_models(base):
        serve_only(base, {live})


def _clean(parameters: dict[str, Any], *, mirrored: bool) -> None:
    """After the switch; what fails here is left for the next release."""
    variable, base = parameters[DATABASE], Path(parameters["base"])
    try:
        if mirrored:
            with connection_named(variable, readonly=False) as connection:
                vacuum(connection)
        for gone in in_transaction(variable, lambda c: prune(c, int(parameters["keep"]))):
            _LOG.info("version %s is retired", gone)
        remove_models(base, in_transaction(variable, gone_versions))
    except (TwoTowerError, OSError) as error:
        _LOG.warning("after the release: %s", error)


class Release(Node):
    """Makes a version live if both gates and every check have passed; else nothing changes.

    Args:
        model_blessing: decision of both gates.
        checks: of EmbeddingCheck.
        base: the folder that the model server polls.
        wanted: whether the version goes live; else it stays checked.
        mirror: whether the application's tables become a copy of the version.
        keep: number of versions whose vectors and models are kept.
        database_url_env: name of the environment variable that holds the database's URL.
    """

    SPEC_CLASS = spec(
        inputs={"model_blessing": ModelBlessing, "checks": ModelEvaluation},
        outputs={"release": ModelEvaluation},
        parameters={"base": str, "wanted": int, "mirror": int, "keep": int, DATABASE: str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self,
        model_blessing: Channel,
        checks: Channel,
        base: str,
        wanted: bool,  # noqa: FBT001
        mirror: bool,  # noqa: FBT001
        keep: int,
        database_url_env: str,
    ) -> None:
        super().__init__(
            model_blessing=model_blessing, checks=checks, base=base, wanted=int(wanted),
            mirror=int(mirror), keep=keep,
            **{DATABASE: database_url_env},
        )  # fmt: skip
