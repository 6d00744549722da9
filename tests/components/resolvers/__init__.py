"""Tests of components/resolvers/."""
