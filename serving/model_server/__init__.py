"""A small model server with TensorFlow Serving's REST contract, if the original is not available.

It serves `<base>/<version>/saved_model.pb` like `tensorflow_model_server --rest_api_port`:

    __main__   socket, signals; arguments: command line; config: the two files it may name
    watcher    numeric directories -> load the newest, then unload the old
    reload     changes of the model config file; warm_up: a model's own first requests
    versions   versions with their states, labels and users
    model      one SavedModel behind raw session callables; completeness: check of its directory
    lanes      threads and connections
    app        HTTP (WSGI); routes: the URLs; handlers: predict, status, metadata
    middleware CORS headers and the page of the metrics; metrics: counters
    json_text  bytes -> JSON; request: JSON -> named tensors; tensors: JSON -> one tensor
    reply      tensors -> JSON; status: codes and the one exception

Intended differences: the last `keep` versions that *load* are served (the original's
`latest {num_versions: keep}` counts broken ones too); a directory without its variables is
refused (the original calls it AVAILABLE and fails each request); a refused directory is tried
again as soon as its files change, not after a minute; the port opens before the first version is
loaded (requests get 404); a request body is limited to 2 MiB.

The model config file names one model, by the policy `latest`. It is read at each poll of the
versions, and a label may name a version that is not loaded yet (the original exits if one cannot
be assigned at the start, and reads the file once unless `--model_config_file_poll_wait_seconds` is
given). Metrics are requests, latencies and loads; all unknown model names are counted as one. A
warm-up record other than a predict request makes the load fail. Batching, classify and regress are
absent.
"""
