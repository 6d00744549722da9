"""Quarantine: rows that break a rule of schema/soundness.py, counted and kept apart."""
