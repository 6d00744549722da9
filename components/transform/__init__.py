"""The graph that training and serving share: raw columns to numbers and vocabulary indices."""

from components.transform.preprocessing import catalogue_preprocessing_fn, user_preprocessing_fn

__all__ = ["catalogue_preprocessing_fn", "user_preprocessing_fn"]
