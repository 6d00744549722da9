"""The cost of a release, the ways to search, and how often an experiment is right."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
