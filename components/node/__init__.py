"""What nodes share: cache keys, connection, lineage, locks, progress."""
