"""Peers out of kept libraries, in a Python of their own that the product never depends on."""
