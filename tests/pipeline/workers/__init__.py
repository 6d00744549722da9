"""Tests of pipeline/workers/."""
