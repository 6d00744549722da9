"""The steps of the run."""
