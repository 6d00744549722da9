"""The cost of a release, and the recall and latency of the ways to search."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
