"""Tests of components/trainer/fitting/."""
