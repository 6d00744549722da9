"""Tests of components/trainer/model/."""
