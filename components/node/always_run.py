"""For nodes with effects outside: never a cache hit, since the cache cannot see their target."""

from __future__ import annotations

import uuid

from tfx.orchestration.portable.data_types import ExecutionInfo

from components.node.cache_key import CacheKeyDriver

__all__ = ["AlwaysRunDriver"]


class AlwaysRunDriver(CacheKeyDriver):
    """Adds a value to the cache key that no earlier execution has."""

    def key(self, execution_info: ExecutionInfo) -> str:
        """Never the same."""
        del execution_info
        return uuid.uuid4().hex
