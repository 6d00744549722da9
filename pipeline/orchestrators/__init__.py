"""Runners of pipelines: start of the nodes, and their processes."""
