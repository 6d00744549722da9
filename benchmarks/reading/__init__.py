"""A database as large as a grown application's, and how fast the pipeline reads it."""
