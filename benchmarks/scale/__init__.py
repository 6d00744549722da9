"""A grown world through the pipeline: rows per second and memory of each node."""
