"""Base of our TFX nodes: spec from declarations, output channels, typed access to artifacts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfx.dsl.components.base import base_component, base_executor
from tfx.types import Channel, artifact_utils, component_spec
from tfx.types.artifact import Artifact

from components.node.shards import shards

__all__ = ["Artifacts", "Node", "NodeExecutor", "spec"]

Types = Mapping[str, type[Artifact]]


def spec(
    *,
    inputs: Types | None = None,
    optional: Types | None = None,
    outputs: Types | None = None,
    parameters: Mapping[str, type] | None = None,
) -> type[component_spec.ComponentSpec]:
    """A ComponentSpec class.

    Args:
        inputs: artifact type by channel.
        optional: artifact type by channel, for channels that may be empty.
        outputs: artifact type by channel.
        parameters: type by name: int, float or str.
    """
    channel, parameter = component_spec.ChannelParameter, component_spec.ExecutionParameter
    members = {
        "INPUTS": {
            **{name: channel(type=kind) for name, kind in (inputs or {}).items()},
            **{name: channel(type=kind, optional=True) for name, kind in (optional or {}).items()},
        },
        "OUTPUTS": {name: channel(type=kind) for name, kind in (outputs or {}).items()},
        "PARAMETERS": {name: parameter(type=kind) for name, kind in (parameters or {}).items()},
    }
    return type("Spec", (component_spec.ComponentSpec,), members)


class Node(base_component.BaseComponent):
    """A component that creates the channels of its outputs itself.

    Args:
        given: channels and parameters by the names of the spec.
    """

    def __init__(self, **given: Any) -> None:
        outputs = self.SPEC_CLASS.OUTPUTS.items()
        made = {name: Channel(type=parameter.type) for name, parameter in outputs}
        super().__init__(spec=self.SPEC_CLASS(**given, **made))


class Artifacts:
    """The artifacts of one execution, inputs or outputs, by the names of the spec's channels."""

    def __init__(self, by_name: Mapping[str, list[Any]]) -> None:
        self.by_name = by_name

    def one(self, name: str) -> Any:
        """The only artifact of a channel."""
        return artifact_utils.get_single_instance(self.by_name[name])

    def maybe(self, name: str) -> Any | None:
        """The only artifact of an optional channel, or None."""
        return next(iter(self.by_name.get(name) or ()), None)

    def folder(self, name: str) -> Path:
        """The folder of a channel's only artifact."""
        return Path(self.one(name).uri)

    def shards(self, name: str, split: str) -> list[str]:
        """The files of one split of Examples, sorted."""
        return shards(self.by_name[name], split)


class NodeExecutor(base_executor.BaseExecutor):
    """An executor that implements `run`."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[Any]],
        output_dict: dict[str, list[Any]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Called by TFX."""
        self._log_startup(input_dict, output_dict, exec_properties)
        self.run(Artifacts(input_dict), Artifacts(output_dict), exec_properties)

    @property
    def run_id(self) -> str:
        """TFX's id of the pipeline run."""
        return str(self._context.pipeline_run_id)

    @abstractmethod
    def run(self, inputs: Artifacts, outputs: Artifacts, parameters: dict[str, Any]) -> None:
        """The node's work; writes to `outputs`, and raises TwoTowerError on failure."""
