"""Runs before the cache is asked: cuts time, and puts the data's fingerprint into the cache key."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import psycopg2.extensions
from psycopg2 import sql
from tfx.components.example_gen import driver, utils

from components.database import connection_named
from components.example_gen.reading import Reading
from schema.sql import fill
from schema.windows import resolve_windows

__all__ = ["QUERIES", "READING", "WINDOWS", "PostgresDriver", "fingerprint"]

READING = "reading"
QUERIES = "queries"
WINDOWS = "windows"
"""Also a custom property of the Examples: the ends of the time windows, as JSON."""


class PostgresDriver(driver.QueryBasedDriver):
    """Without this, an unchanged query over changed data is a cache hit (tfx#1789, #3909)."""

    def resolve_exec_properties(
        self, exec_properties: dict[str, Any], pipeline_info: Any, component_info: Any
    ) -> dict[str, Any]:
        """Adds the filled queries and the fingerprint, both part of the cache key."""
        del pipeline_info, component_info
        reading = Reading.from_json(exec_properties[READING])
        with connection_named(reading.database_url_env, readonly=True) as connection:
            windows = resolve_windows(connection, reading.rule)
            data = fingerprint(connection, reading.tables)
        law = asdict(reading.law)
        queries = {name: fill(reading.query, windows, name, law) for name in reading.splits}
        return {
            **exec_properties,
            QUERIES: json.dumps(queries, sort_keys=True),
            WINDOWS: json.dumps(windows.as_texts()),
            utils.SPAN_PROPERTY_NAME: 0,
            utils.VERSION_PROPERTY_NAME: None,
            utils.FINGERPRINT_PROPERTY_NAME: data,
        }


def fingerprint(connection: psycopg2.extensions.connection, tables: tuple[str, ...]) -> str:
    """Count and order-free content hash of each table; a change of one value changes it."""
    parts = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                sql.SQL(
                    "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM {} AS t"
                ).format(sql.Identifier(table))
            )
            rows, content = cursor.fetchone() or (0, 0)
            parts.append(f"{table}:{rows}:{content}")
    return ",".join(parts)
