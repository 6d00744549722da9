"""The steps, in the order in which data passes."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
