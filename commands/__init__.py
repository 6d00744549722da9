"""The command line: one file for each command. No other package imports this one."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
