"""The steps, in the order in which data passes."""

from os import environ

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py

environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # TFRS and Transform are Keras 2
