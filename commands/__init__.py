"""The face: one file for each word that a person types. Nobody imports this package."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
