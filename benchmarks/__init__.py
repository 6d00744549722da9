"""The figures: quality, reading, serving and whole runs, measured. Nobody imports this package."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
