"""Driver of nodes whose cached result also depends on something that TFX does not consider."""

from __future__ import annotations

from abc import abstractmethod

from tfx.dsl.components.base import base_driver
from tfx.orchestration import metadata
from tfx.orchestration.portable import base_driver as ir_base_driver
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration import driver_output_pb2

__all__ = ["CacheKeyDriver"]


class CacheKeyDriver(base_driver.BaseDriver, ir_base_driver.BaseDriver):
    """Adds `key()` to the cache key; inputs, outputs and parameters stay as they are."""

    def __init__(self, metadata_handle: metadata.Metadata) -> None:
        base_driver.BaseDriver.__init__(self, metadata_handle)
        ir_base_driver.BaseDriver.__init__(self, metadata_handle)

    @abstractmethod
    def key(self, execution_info: ExecutionInfo) -> str:
        """Value that must be equal for an earlier result to be reused."""

    def run(self, execution_info: ExecutionInfo) -> driver_output_pb2.DriverOutput:
        """Called by TFX before it looks up the cache."""
        output = driver_output_pb2.DriverOutput()
        output.exec_properties["cache_key"].string_value = self.key(execution_info)
        return output
