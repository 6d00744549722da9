"""ImportSchemaGen that runs again when the file's content changes; TFX compares the name alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tfx.components.schema_gen.import_schema_gen import component
from tfx.orchestration.portable.data_types import ExecutionInfo

from components.node.cache_key import CacheKeyDriver

__all__ = ["ContentDriver", "SchemaImport"]


class ContentDriver(CacheKeyDriver):
    """Adds the file's hash to the cache key."""

    def key(self, execution_info: ExecutionInfo) -> str:
        """Hash of the bytes of `schema_file`."""
        content = Path(execution_info.exec_properties["schema_file"]).read_bytes()
        return hashlib.sha256(content).hexdigest()


class SchemaImport(component.ImportSchemaGen):
    """One of schema/*.pbtxt as an artifact."""

    DRIVER_CLASS = ContentDriver
