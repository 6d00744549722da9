"""`python -m serving.model_server --base <dir> --name two_tower --port 8501`."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from schema.errors import SetupError
from serving.model_server.app import application
from serving.model_server.arguments import arguments, metrics_path, model_config
from serving.model_server.config import ModelConfig
from serving.model_server.lanes import Server
from serving.model_server.metrics import Metrics
from serving.model_server.middleware import with_cors, with_metrics
from serving.model_server.reload import Reload
from serving.model_server.versions import Versions
from serving.model_server.watcher import Watcher

_THREADS_PER_CPU = 4
_M_ARENA_MAX = -8  # malloc.h


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    args = arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s model server: %(message)s")
    # A line for each request that waits for a thread, as all do while the first model is loaded.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    signal.signal(signal.SIGTERM, _end)
    try:
        config, page = model_config(args), metrics_path(args)
        listener = _listen(args.host, args.port)
    except SetupError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the error line of a command
        return 1
    # One heap for all threads: several would fragment the memory that unloaded versions free.
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    with listener:
        _serve(args, config, page, listener)
    return 0


def _listen(host: str, port: int) -> socket.socket:
    """The open port; opened before TensorFlow is imported, so that a taken one fails at once."""
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        expected = f"to listen on {host}:{port}"
        advice = "stop what listens there or choose another --port (0 takes any free one)"
        raise SetupError(expected, (error.strerror or str(error)).lower(), advice) from error


def _serve(args: Namespace, config: ModelConfig, page: str, listener: socket.socket) -> None:
    with _silence():
        from serving.model_server.handlers import handle
        from serving.model_server.model import LoadedModel
        from serving.model_server.warm_up import warmed
    versions, metrics = Versions[LoadedModel](config.name), Metrics(config.name)
    load = warmed(metrics.counted(partial(LoadedModel, timeout_s=args.timeout_s)))
    file = args.model_config_file
    watcher = Watcher(
        config.base, versions, load, keep=config.keep, poll_s=args.poll_s,
        reload=Reload(file, config, versions.assign) if file else None,
    )  # fmt: skip
    app = application(partial(handle, versions), metrics.record)
    app = with_cors(app) if args.cors else app
    app = with_metrics(app, page, metrics.text) if page else app
    server = Server(app, listener, _THREADS_PER_CPU * (os.cpu_count() or 1))
    # The status waits for the interpreter at most this long for each prediction that holds it.
    sys.setswitchinterval(0.001)
    watcher.start()
    _announce(listener, config.name, versions.available(), args.port_file)
    server.run()  # returns on SystemExit
    watcher.stop()


def _announce(
    listener: socket.socket, name: str, available: list[int], port_file: Path | None
) -> None:
    host, port = listener.getsockname()[:2]
    served = ", ".join(map(str, available)) or "none yet"
    print(f"http://{host}:{port}/v1/models/{name} versions: {served}", flush=True)  # noqa: T201
    if port_file:
        whole = port_file.with_name(f"{port_file.name}.{os.getpid()}")
        whole.write_text(f"{port}\n", encoding="ascii")
        whole.replace(port_file)


@contextmanager
def _silence() -> Iterator[None]:
    """Import TensorFlow without its notes on GPUs, which it writes to the file descriptor."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # Keras is not used, and Keras 3 is larger
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        import tensorflow as tf

        tf.get_logger().setLevel(logging.ERROR)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
