"""ImportSchemaGen, run again when the file's content changes: TFX looks at its name alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tfx.components.schema_gen.import_schema_gen import component
from tfx.dsl.components.base import base_driver
from tfx.orchestration import metadata
from tfx.orchestration.portable import base_driver as ir_base_driver
from tfx.orchestration.portable.data_types import ExecutionInfo
from tfx.proto.orchestration import driver_output_pb2

__all__ = ["ContentDriver", "SchemaImport"]


class ContentDriver(base_driver.BaseDriver, ir_base_driver.BaseDriver):
    """Puts the file's hash into the cache key."""

    def __init__(self, metadata_handle: metadata.Metadata) -> None:
        base_driver.BaseDriver.__init__(self, metadata_handle)
        ir_base_driver.BaseDriver.__init__(self, metadata_handle)

    def run(self, execution_info: ExecutionInfo) -> driver_output_pb2.DriverOutput:
        """Leaves inputs, outputs and parameters as they are."""
        content = Path(execution_info.exec_properties["schema_file"]).read_bytes()
        output = driver_output_pb2.DriverOutput()
        output.exec_properties["content"].string_value = hashlib.sha256(content).hexdigest()
        return output


class SchemaImport(component.ImportSchemaGen):
    """One of schema/*.pbtxt as an artifact."""

    DRIVER_CLASS = ContentDriver
