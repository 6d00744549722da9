"""What is live: a version's vectors. Postgres and NumPy alone."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
