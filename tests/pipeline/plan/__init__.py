"""Tests of pipeline/orchestrators/."""
