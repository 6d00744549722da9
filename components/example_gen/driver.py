"""Driver of PostgresExampleGen: adds the cut and the data's fingerprint to the cache key."""

from __future__ import annotations

from typing import Any

from tfx.components.example_gen import driver, utils

from components.example_gen.example_query import ExampleQuery
from components.example_gen.filled import filled
from components.moment.cut_file import read_cut
from components.node.lineage import WINDOWS

__all__ = ["QUERIES", "READING", "PostgresDriver"]

READING = "reading"
QUERIES = "queries"


class PostgresDriver(driver.QueryBasedDriver):
    """Prevents a cache hit for an unchanged query over changed data (tfx#1789, #3909)."""

    def resolve_exec_properties(
        self, exec_properties: dict[str, Any], pipeline_info: Any, component_info: Any
    ) -> dict[str, Any]:
        """Add the filled queries and the fingerprint, both part of the cache key."""
        del pipeline_info, component_info
        reading = ExampleQuery.from_json(exec_properties[READING])
        texts = filled(reading, read_cut(reading.cut))
        return {
            **exec_properties,
            QUERIES: texts.queries,
            WINDOWS: texts.windows,
            utils.SPAN_PROPERTY_NAME: 0,
            utils.VERSION_PROPERTY_NAME: None,
            utils.FINGERPRINT_PROPERTY_NAME: texts.fingerprint,
        }
