"""The command `two-tower`: one file for each of its words. No other package imports this one.

`import schema`, which brings in psycopg2, is left to the words: help and completion need none of
it, and no module here imports TensorFlow.
"""
