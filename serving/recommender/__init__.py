"""An answer: which videos for this user, by which way, and why."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
