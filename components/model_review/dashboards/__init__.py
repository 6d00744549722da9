"""TFMA's own dashboards as pages that need no network: slicing metrics, plots, time series."""
