"""Driver of nodes with external effects: never a cache hit, as the cache cannot see the target."""

from __future__ import annotations

import uuid

from tfx.orchestration.portable.data_types import ExecutionInfo

from components.node.cache_key import CacheKeyDriver

__all__ = ["AlwaysRunDriver"]


class AlwaysRunDriver(CacheKeyDriver):
    """Adds a unique value to the cache key."""

    def key(self, execution_info: ExecutionInfo) -> str:
        """A new value at each call."""
        del execution_info
        return uuid.uuid4().hex
