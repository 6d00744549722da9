"""The checks of `two-tower doctor`: each a small function in a table by name."""
