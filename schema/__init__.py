"""The contract: tables, features, queries, signatures, errors."""
