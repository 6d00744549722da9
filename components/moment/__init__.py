"""Moment: the one cut and the one snapshot that every reader of a run shares."""
