"""A small model server with TensorFlow Serving's REST contract, for where the real one is absent.

It serves `<base>/<version>/saved_model.pb` like `tensorflow_model_server --rest_api_port`:

    __main__   socket, signals; arguments: command line; config: the two files it may name
    watcher    numeric directories -> load the newest, then unload the old
    reload     what changes in the model config file; warm_up: a model's own first requests
    versions   which versions there are, in which state, by which labels, and who is using them
    model      one SavedModel behind raw session callables; export: is the directory complete?
    lanes      threads and connections
    app        HTTP (WSGI); routes: the URLs; handlers: predict, status, metadata
    middleware CORS headers and the page of the metrics; metrics: what is counted
    json_text  bytes -> JSON; request: JSON -> named tensors; tensors: JSON -> one tensor
    reply      tensors -> JSON; status: codes and the one exception

Where it differs on purpose: the last `keep` versions that *load* are served (the real server's
`latest {num_versions: keep}` counts broken ones too); a directory without its variables is
refused (the real server calls it AVAILABLE and fails each request); a refused directory is tried
again as soon as its files change, not after a minute; the port opens before the first version is
there (requests get 404); a request body ends at 2 MiB.

The model config file names one model, by the policy `latest`. It is read at each look at the
versions, and its labels may wait for theirs (the real server exits when one cannot be assigned at
the start, and reads the file once unless `--model_config_file_poll_wait_seconds` says otherwise).
Metrics are requests, latencies and loads; names of no model of ours are counted as one. A warm-up
record that is no predict request makes the load fail. Batching, classify and regress are absent.
"""
