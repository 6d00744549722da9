"""Pusher: the blessed model to `<base>/<version>`, where TensorFlow Serving looks.

TFX's own takes the second of the push for the version and copies file by file into the place
that TensorFlow Serving polls. This one keeps the Trainer's version, and one rename shows it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import Channel, artifact_utils, component_spec, standard_artifacts

from components.node.always_run import AlwaysRunDriver
from components.node.lineage import is_blessed, model_folder, model_version
from components.node.run_lock import check_run_lock
from schema.errors import SetupError

__all__ = ["Pusher", "push"]

_LOG = logging.getLogger(__name__)

STAGING = ".staging-"


def push(source: Path, base: Path, version: str) -> Path:
    """Copies the SavedModel beside its place, then renames it into it; a rerun changes nothing.

    Raises:
        SetupError: if a newer version is there already: TensorFlow Serving would go on serving it;
            or if the run has lost its lock meanwhile.
    """
    _remove_staging_of_the_dead(base)
    target = base / version
    if target.exists():
        _LOG.info("version %s is there: nothing to do", version)
        return target
    newest = max((int(p.name) for p in base.glob("*") if p.name.isdigit()), default=0)
    if newest > int(version):
        raise SetupError(
            f"a version above {newest}, the newest pushed", version, "train again on a right clock"
        )
    with _staging(base, version) as staging:
        shutil.copytree(source, staging, dirs_exist_ok=True)
        check_run_lock()
        staging.rename(target)
    return target


@contextmanager
def _staging(base: Path, version: str) -> Iterator[Path]:
    """A folder that TensorFlow Serving does not look at, locked as long as its pusher lives."""
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


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {"base": component_spec.ExecutionParameter(type=str)}  # noqa: RUF012
    INPUTS = {  # noqa: RUF012
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "model_blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
    }
    OUTPUTS = {  # noqa: RUF012
        "pushed_model": component_spec.ChannelParameter(type=standard_artifacts.PushedModel)
    }


class _Executor(base_executor.BaseExecutor):
    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes, and notes `pushed`, `pushed_destination` and `pushed_version` like TFX's own."""
        self._log_startup(input_dict, output_dict, exec_properties)
        pushed = artifact_utils.get_single_instance(output_dict["pushed_model"])
        blessed = is_blessed(input_dict)
        pushed.set_int_custom_property("pushed", int(blessed))
        if not blessed:
            _LOG.info("not blessed: no model is pushed")
            return
        source = model_folder(input_dict)
        target = push(source, Path(exec_properties["base"]), model_version(source))
        pushed.set_string_custom_property("pushed_destination", str(target))
        pushed.set_string_custom_property("pushed_version", target.name)


class Pusher(base_component.BaseComponent):
    """Hands a blessed model to TensorFlow Serving.

    Args:
        model: the candidate.
        model_blessing: the gates' word on it.
        base: the folder whose numeric sub-folders TensorFlow Serving serves.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(_Executor)
    DRIVER_CLASS = AlwaysRunDriver

    def __init__(self, model: Channel, model_blessing: Channel, base: str) -> None:
        pushed = Channel(type=standard_artifacts.PushedModel)
        inputs = {"model": model, "model_blessing": model_blessing, "pushed_model": pushed}
        super().__init__(spec=_Spec(**inputs, base=base))
