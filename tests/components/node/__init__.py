"""Tests of components/node/."""
