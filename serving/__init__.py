"""Recommendations for an application: client code without TensorFlow, and a model server."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
