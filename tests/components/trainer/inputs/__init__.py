"""Tests of components/trainer/inputs/."""
