"""Quarantine: rows that break a rule of schema/row_rules.py, counted and kept apart."""
