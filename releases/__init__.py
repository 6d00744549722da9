"""The live version's embeddings in the database; needs Postgres and NumPy alone."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
