"""The paths of the service, one file for each noun.

Each file has one function that makes its router, so that an application has no global state.
"""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
