"""Tests of serving/model_server/."""
