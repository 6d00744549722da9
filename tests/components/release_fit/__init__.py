"""Tests of components/release_fit/."""
