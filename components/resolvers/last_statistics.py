"""Resolver of the last run's statistics: the newest validated ones, other than the run's own.

Refused statistics never become the reference of a later run.
"""

from __future__ import annotations

from typing import Any

from tfx.dsl.components.common import resolver
from tfx.types import Channel, standard_artifacts

from components.node.lineage import VALIDATED, node_of

__all__ = ["LastStatisticsStrategy", "last_statistics_resolver"]

STATISTICS, ANOMALIES, CURRENT = "statistics", "anomalies", "current"


class LastStatisticsStrategy(resolver.ResolverStrategy):
    """The newest validated statistics of the current ones' node; none on a first run."""

    def resolve_artifacts(
        self, store: Any, input_dict: dict[str, list[Any]]
    ) -> dict[str, list[Any]]:
        """Keep at most one artifact."""
        del store
        current = {artifact.id for artifact in input_dict[CURRENT]}
        nodes = {node_of(artifact) for artifact in input_dict[CURRENT]}
        passed = {a.get_int_custom_property(VALIDATED) for a in input_dict[ANOMALIES]} - current
        found = [a for a in input_dict[STATISTICS] if a.id in passed and node_of(a) in nodes]
        newest = sorted(found, key=lambda artifact: artifact.id)[-1:]
        return {STATISTICS: newest, ANOMALIES: [], CURRENT: input_dict[CURRENT]}


def last_statistics_resolver(current: Channel) -> resolver.Resolver:
    """The resolver node; its output `statistics` is the ExampleValidator's `previous`."""
    return resolver.Resolver(
        strategy_class=LastStatisticsStrategy,
        statistics=Channel(type=standard_artifacts.ExampleStatistics),
        anomalies=Channel(type=standard_artifacts.ExampleAnomalies),
        current=current,
    )
