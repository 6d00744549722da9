"""A small model server with TensorFlow Serving's REST contract, for where the real one is absent.

It serves `<base>/<version>/saved_model.pb` like `tensorflow_model_server --rest_api_port`:

    __main__   command line, socket, signals
    watcher    numeric directories -> load the newest, then unload the old
    versions   which versions there are, in which state, and who is using them
    model      one SavedModel behind raw session callables; export: is the directory complete?
    app        HTTP (WSGI); routes: the URLs; handlers: predict, status, metadata
    json_text  bytes -> JSON; request: JSON -> named tensors; tensors: JSON -> one tensor
    reply      tensors -> JSON; status: codes and the one exception

Where it differs on purpose: the last `keep` versions that *load* are served (the real server's
`latest {num_versions: keep}` counts broken ones too); a directory without its variables is
refused (the real server calls it AVAILABLE and fails each request); a refused directory is tried
again as soon as its files change, not after a minute; the port opens before the first version is
there (requests get 404); request bodies end at 1 GiB. Warm-up records, batching, version labels,
classify and regress are absent.
"""
