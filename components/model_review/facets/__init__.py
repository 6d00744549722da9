"""TFDV's facets of a run's data, as a page that needs no network; FACETS asks for it."""
