"""The run: wiring, settings, and what stands in for production on one machine."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
