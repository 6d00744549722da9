"""The runner of RUNNER=workers: Beam's FnApiRunner, with its workers forked by the pool.

The node's process keeps the pipeline's graph, its shuffle and its metrics; every DoFn and every
combiner runs in a worker. A worker that is killed fails the pipeline at once, by LostWorkerError.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    GrpcWorkerHandler,
    WorkerHandler,
)
from apache_beam.transforms.environments import ExternalEnvironment, python_sdk_capabilities

from pipeline.workers.pool import Worker, ask_for_worker
from pipeline.workers.sockets import on_sockets
from schema.errors import LostWorkerError

__all__ = ["WorkersRunner"]

ENDED_WITHIN_S = 10.0
"""Time-out of a worker that has no more work."""
AGAIN_S = 0.2
"""Seconds after which waits that have begun meanwhile are failed, too."""


class WorkersRunner(FnApiRunner):  # type: ignore[misc]
    """Runs a pipeline on --direct_num_workers workers of the pool at --environment_config."""

    def run_pipeline(self, pipeline: Any, options: PipelineOptions) -> Any:
        """Called by Beam; FnApiRunner's own does not look at the options of the environment.

        Raises:
            LostWorkerError: a worker has ended before its work; no other is left either.
        """
        pool = options.view_as(PortableOptions).environment_config
        self._default_environment = ExternalEnvironment(
            pool, capabilities=python_sdk_capabilities()
        )
        _PoolWorkerHandler.lost.clear()
        try:
            with on_sockets():
                return super().run_pipeline(pipeline, options)
        except Exception as error:
            if _PoolWorkerHandler.lost.is_set():
                raise _lost() from error
            raise


class _PoolWorkerHandler(GrpcWorkerHandler):  # type: ignore[misc]
    """The node's side of one worker.

    Attributes:
        lost: whether a worker of the pipeline has ended too soon.
    """

    lost = threading.Event()

    def __init__(self, payload: Any, state: Any, provision_info: Any, grpc_server: Any) -> None:
        super().__init__(state, provision_info, grpc_server)
        self._pool = Path(payload.endpoint.url)
        self._worker: Worker | None = None
        self._watch = threading.Thread(target=self._wait, daemon=True)
        self._closing = threading.Event()

    def port_from_worker(self, port: str) -> str:
        """The address of a server; ports are whole addresses (`on_sockets`)."""
        return port

    def start_worker(self) -> None:
        """Have a worker forked, and watch it."""
        self._worker = ask_for_worker(self._pool, self.worker_id, self.control_address)
        self._watch.start()

    def _wait(self) -> None:
        """Once the worker is lost, fail whatever the node waits for, of other workers too."""
        if self._worker:
            self._worker.wait()
        if not self._closing.is_set():
            self.lost.set()
        while not self._closing.wait(AGAIN_S):
            _fail(self.control_handler, self.data_plane_handler)

    def close(self) -> None:
        """Let an idle worker end by itself; kill one that is at work, as the node has failed.

        The end of its control stream would end it, too, if it listens. Afterwards no process is
        left that could still write to the node's outputs.
        """
        if not self._worker:
            return
        at_work = bool(self.control_conn._futures_by_id)  # noqa: SLF001
        if self._worker.has_ended(AGAIN_S if at_work else 0):
            self.lost.set()
        self._closing.set()
        if at_work or self.lost.is_set():
            self._worker.kill()
            self.control_conn.close()  # the data's stream might wait for a worker that is gone
        else:
            super().close()
        self._watch.join(ENDED_WITHIN_S)
        if self._watch.is_alive():
            self._worker.kill()

    def stop_worker(self) -> None:
        """Called by `close`; the end of its control stream ends the worker."""


def _fail(control: Any, data: Any) -> None:
    """Have every wait for a worker's answer or data raise."""
    with suppress(RuntimeError):  # a dictionary that another thread has changed: the next time
        for connection in control._connections_by_worker_id.values():  # noqa: SLF001
            connection.abort(_lost())
        for connection in data._connections_by_worker_id.values():  # noqa: SLF001
            connection._exception = _lost()  # noqa: SLF001


def _lost() -> LostWorkerError:
    return LostWorkerError(
        "a worker of Beam's to live until its work is done", "its end",
        "memory may have run out (`dmesg` says so): lower BEAM_WORKERS and NODES_AT_ONCE",
    )  # fmt: skip


WorkerHandler.register_environment(
    common_urns.environments.EXTERNAL.urn, beam_runner_api_pb2.ExternalPayload
)(_PoolWorkerHandler)
