"""The nodes of the pipeline."""

from os import environ

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py

environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # TFRS and Transform are Keras 2
