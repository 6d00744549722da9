"""Tests, in the order of the packages they hold to account."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
