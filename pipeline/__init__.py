"""The run: wiring, settings, and substitutes for production on one machine."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
