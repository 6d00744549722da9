"""Moment: the cut and the snapshot that all readers of a run share."""
