"""For nodes with effects outside: never a cache hit, since the cache cannot see their target."""

from __future__ import annotations

import uuid

from tfx.dsl.components.base import base_driver
from tfx.orchestration import metadata
from tfx.orchestration.portable import base_driver as ir_base_driver
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration import driver_output_pb2

__all__ = ["AlwaysRunDriver"]


class AlwaysRunDriver(base_driver.BaseDriver, ir_base_driver.BaseDriver):
    """Adds a value to the cache key that no earlier execution has."""

    def __init__(self, metadata_handle: metadata.Metadata) -> None:
        base_driver.BaseDriver.__init__(self, metadata_handle)
        ir_base_driver.BaseDriver.__init__(self, metadata_handle)

    def run(self, execution_info: ExecutionInfo) -> driver_output_pb2.DriverOutput:
        """Leaves inputs, outputs and parameters as they are."""
        del execution_info
        output = driver_output_pb2.DriverOutput()
        output.exec_properties["execution"].string_value = uuid.uuid4().hex
        return output
