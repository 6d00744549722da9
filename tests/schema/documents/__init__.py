"""Documents, and one of a real run."""
