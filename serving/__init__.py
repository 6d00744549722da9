"""The answer: what an application imports or deploys. TensorFlow in the model server alone."""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
