"""PostgresExampleGen: rows of a query, read in key ranges, as TFX Examples."""
