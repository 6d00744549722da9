"""The run: wiring, settings, and what stands in for production on one machine."""
