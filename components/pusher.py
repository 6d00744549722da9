"""Pusher: copies the blessed model to `<base>/<version>`, which TensorFlow Serving polls.

TFX's Pusher takes the second of the push as the version, and copies file by file into the polled
folder. This one keeps the Trainer's version, verifies the copy, and publishes it by one rename.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import executor_spec
from tfx.types import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing, PushedModel

from components.node.always_run import AlwaysRunDriver
from components.node.component import Artifacts, Node, NodeExecutor, spec
from components.node.connection import DATABASE, in_transaction
from components.node.lineage import is_blessed, model_folder, model_version
from components.node.run_lock import check_run_lock
from releases.experiments.registry import compared_versions
from releases.registry import live_version, was_live
from releases.served import kept_models, serve_only
from schema.errors import SetupError

__all__ = ["Pusher", "push"]

_LOG = logging.getLogger(__name__)

STAGING = ".staging-"


def push(source: Path, base: Path, version: str) -> Path:
    """Copy the SavedModel to a staging folder, then rename it; a rerun changes nothing.

    Raises:
        SetupError: if a newer version exists already, which TensorFlow Serving would keep serving;
            if the copy differs from the source; or if the run has lost its lock.
    """
    _remove_staging_of_the_dead(base)
    target = base / version
    if version in kept_models(base):
        _LOG.info("version %s is there: nothing to do", version)
        return target
    newest = max(map(int, kept_models(base)), default=0)
    if newest > int(version):
        raise SetupError(
            f"a version above {newest}, the newest pushed", version, "train again on a right clock"
        )
    with _staging(base, version) as staging:
        shutil.copytree(source, staging, dirs_exist_ok=True)
        _verify(source, staging)
        check_run_lock()
        staging.rename(target)
        _to_disk(base)
    return target


def _verify(source: Path, copy: Path) -> None:
    """Compare every file, an asset too: a vocabulary cut in half serves wrong vectors silently."""
    wanted, got = _digests(source), _digests(copy)
    different = sorted(str(name) for name in wanted | got if wanted.get(name) != got.get(name))
    if different:
        raise SetupError(
            f"a copy equal to {source}", f"another {different[0]}",
            "look at the disk of the models' folder, then run it again",
        )  # fmt: skip
    for path in (*copy.rglob("*"), copy):
        _to_disk(path)


def _digests(folder: Path) -> dict[Path, str]:
    """SHA-256 of each file, by its path in the folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {f.relative_to(folder): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def _to_disk(path: Path) -> None:
    """Flush a file's content or a folder's entries (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _staging(base: Path, version: str) -> Iterator[Path]:
    """A folder that TensorFlow Serving ignores, locked as long as its pusher lives."""
    staging = base / f"{STAGING}{version}-{uuid.uuid4().hex}"
    staging.mkdir(parents=True)
    lock = os.open(staging, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield staging
    finally:
        os.close(lock)
        shutil.rmtree(staging, ignore_errors=True)


def _remove_staging_of_the_dead(base: Path) -> None:
    for staging in base.glob(f"{STAGING}*"):
        lock = os.open(staging, os.O_RDONLY)
        with suppress(BlockingIOError):  # else its pusher lives
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(staging)
        os.close(lock)


class _Executor(NodeExecutor):
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """Push; set `pushed`, `pushed_destination` and `pushed_version` as TFX's Pusher does."""
        pushed, blessed = outputs.one("pushed_model"), is_blessed(inputs.one("model_blessing"))
        pushed.set_int_custom_property("pushed", int(blessed))
        if not blessed:
            _LOG.info("not blessed: no model is pushed")
            return
        source, base = model_folder(inputs.one("model")), Path(parameters["base"])
        version = model_version(source)
        live, settled, compared = in_transaction(
            parameters[DATABASE],
            lambda c: (live_version(c), was_live(c, version), compared_versions(c)),
        )
        if compared - {live, version}:
            raise SetupError(
                "no running experiment, since the model server serves two versions",
                f"one of versions {' and '.join(sorted(compared))}", "end it by `make ab-stop`",
            )  # fmt: skip
        beside = {live} & kept_models(base)
        if not settled:  # else a version that was rolled back would be served again
            serve_only(base, beside)  # else a version that never went live would displace the live
            push(source, base, version)
            serve_only(base, beside | {version})
        target = base / version
        pushed.set_string_custom_property("pushed_destination", str(target))
        pushed.set_string_custom_property("pushed_version", target.name)


class Pusher(Node):
    """Hands a blessed model to TensorFlow Serving, which then serves it beside the live one.

    Args:
        model: the candidate model.
        model_blessing: decision of both gates.
        base: the folder whose numeric sub-folders TensorFlow Serving serves.
        database_url_env: name of the environment variable that holds the database's URL.
    """

    SPEC_CLASS = spec(
        inputs={"model": Model, "model_blessing": ModelBlessing},
        outputs={"pushed_model": PushedModel},
        parameters={"base": str, DATABASE: str},
    )
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(
        self, model: Channel, model_blessing: Channel, base: str, database_url_env: str
    ) -> None:
        super().__init__(
            model=model, model_blessing=model_blessing, base=base, **{DATABASE: database_url_env}
        )
