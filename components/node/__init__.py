"""Base of the nodes: cache keys, connection, lineage, locks, progress."""
