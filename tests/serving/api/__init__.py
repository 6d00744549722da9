"""Tests of serving/api/."""
