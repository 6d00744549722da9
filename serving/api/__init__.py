"""The recommender over HTTP; docs/rest.md shows each call.

__main__    command line, environment, socket; server: uvicorn on an open port
settings    every setting, in one frozen object
app         the layers and routes, in the order in which a request meets them
observed    headers, counts and one log line for each request; the last net for errors
guard       API key, then rate; keys, limits: what it asks
body        reads a request whole, up to its limits; queue: how many wait, and no more
routes/     one file for each noun; models: what goes in and out; page/: what a person sees
problems    every error as a problem document; invalid: what was wrong with a request
health      one look at the recommender at a time; metrics: Prometheus' page
trace       the trace that a request belongs to; openapi: the document
port        what is asked of the recommender
"""

import schema  # noqa: F401  # psycopg2 before TensorFlow: schema/psycopg_first.py
