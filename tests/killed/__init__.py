"""Runs that are killed, at every node and as a whole."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
