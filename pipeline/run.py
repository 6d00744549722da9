"""The script that the TFX CLI registers and runs; `python pipeline/run.py` does the same."""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime

from components.node.run_lock import check_run_lock
from pipeline.failures import of_error
from pipeline.garbage import uncollected
from pipeline.local.tfx_cli import end_with_cli
from pipeline.own_run import own_run
from pipeline.progress import Progress
from pipeline.settings import Settings, from_environment
from schema.errors import DataError, NotBlessedError, ReleaseError, TwoTowerError


def main() -> None:
    """Run every node of the pipeline on this machine."""
    settings = from_environment()
    settings.folder.mkdir(parents=True, exist_ok=True)
    with own_run(settings):
        progress, since = Progress(settings.progress, settings.logs), datetime.now(UTC)
        try:
            ended = _run(settings, progress)
        except Exception as error:
            line = of_error(error, "the run", f"see {settings.log}")
            refused = isinstance(line, NotBlessedError)
            progress.fail(str(line), refused=refused)
            with suppress(Exception):  # the failure itself is what must be said
                _record(settings, since, "refused" if refused else "failed", str(line))
            raise line from error
        if progress.runs:
            progress.end(ended)
        _record(settings, since, ended)


def _run(settings: Settings, progress: Progress) -> str:
    """Run the pipeline; how it ended, for ML Metadata."""
    # TFX is imported after the lock is taken: the child process for clean-up must not load it.
    with uncollected():
        from pipeline.beam import beam_workers
        from pipeline.definition import create_pipeline
        from pipeline.orchestrators.local import ProcessPerNodeRunner

    runner = ProcessPerNodeRunner(
        progress, settings.nodes_at_once, deadline_s=settings.node_deadline_s
    )
    with beam_workers(settings):
        runner.run(create_pipeline(settings))
    if not progress.runs:  # the CLI only registers the pipeline
        return "unknown"
    return _judge(settings, progress)


def _record(settings: Settings, since: datetime, ended: str, reason: str = "") -> None:
    from pipeline.beam import beam_digest
    from pipeline.metrics_file import RUNS, write_metrics
    from pipeline.plan.nodes import BEAM, digests
    from pipeline.run_history import Ended, last_runs, record_end

    parameters = {**digests(settings), BEAM: beam_digest(settings)}
    record_end(settings.metadata, since, Ended(ended), reason, parameters)
    if runs := last_runs(settings.metadata, RUNS):
        write_metrics(settings.metrics_file, runs)


def _judge(settings: Settings, progress: Progress) -> str:
    """What has become of the model: released or unchanged.

    Raises for a model that was not released, and for a node without inputs: TFX counts both as
    success.
    """
    skipped = [run.node for run in progress.runs if run.skipped]
    if skipped:
        raise DataError("every node to run", f"no input for {', '.join(skipped)}", "see the log")
    from pipeline.summary import write_summary

    check_run_lock()
    review = write_summary(settings, progress.runs).review
    if not review.verdict.blessed:
        raise NotBlessedError(
            "a model that passes the gate", "; ".join(review.verdict.reasons),
            f"nothing was released; look at {settings.review_page}",
        )  # fmt: skip
    outcome = review.outcome
    if outcome and outcome.outcome == "failed":
        raise ReleaseError(
            f"version {outcome.version} to go live", outcome.reason,
            f"nothing has changed, {outcome.live or 'no version'} is live;"
            f" look at {settings.review_page}, then run it again",
        )  # fmt: skip
    return outcome.outcome if outcome else "released"


if __name__ == "__main__":
    end_with_cli()
    try:
        main()
    except TwoTowerError as error:
        sys.exit(str(error))
