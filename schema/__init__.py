"""The contract: tables, features, queries, signatures, errors."""

import schema.psycopg_first  # noqa: F401
