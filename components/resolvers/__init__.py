"""Resolvers of earlier runs' artifacts, for comparison or as a starting point."""
