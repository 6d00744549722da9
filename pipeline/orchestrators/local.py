"""LocalDagRunner with a process for each node, and several nodes at once.

TFX's own runs all nodes in one process, one after the other. A forked child needs no imports,
returns all its memory, has its own peak memory, and does not end the run if native code crashes at
its exit. The parent does not run TensorFlow, which does not survive a fork.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import inf
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import absl.logging
import setuptools  # noqa: F401  # TFX imports it with its first artifact: here once, not in each node
from tfx.dsl.compiler import constants
from tfx.orchestration import metadata
from tfx.orchestration.local import local_dag_runner, runner_utils
from tfx.orchestration.portable import launcher, runtime_parameter_utils
from tfx.proto.orchestration import pipeline_pb2

from components.node.held import held
from components.node.progress import PROGRESS
from pipeline.failures import of_error, of_status
from pipeline.orchestrators.node_process import NodeProcess, end, late
from pipeline.orchestrators.second_try import TriedAgain
from pipeline.progress import NodeRun, Progress, peak_mb, reset_peak
from schema.parent_death import end_with_parent

__all__ = ["ProcessPerNodeRunner"]

_FORK = multiprocessing.get_context("fork")
_CACHED = "A cached execution %d is used."
_SKIPPED = "Skipping execution for %s"


class ProcessPerNodeRunner(local_dag_runner.LocalDagRunner):  # type: ignore[misc]
    """Runs a pipeline on this machine.

    Args:
        progress: receives every node's start, steps and end.
        at_once: maximum number of nodes that run at the same time.
        last: run only this node and those that it depends on; empty for all nodes.
        deadline_s: seconds that a node may take; one that takes longer is ended.
    """

    def __init__(
        self, progress: Progress, at_once: int, last: str = "", deadline_s: float = inf
    ) -> None:
        super().__init__()
        self._deadline_s = deadline_s
        self._last = last
        self._progress = progress
        self._at_once = at_once

    def run_with_ir(self, pipeline: pipeline_pb2.Pipeline, run_options: Any = None) -> None:
        """Run each node after those that it depends on; the first failure ends the run."""
        del run_options
        run_id = {constants.PIPELINE_RUN_ID_PARAMETER_NAME: self._progress.run_id}
        runtime_parameter_utils.substitute_runtime_parameter(pipeline, run_id)
        waiting = {n.pipeline_node.node_info.id: n.pipeline_node for n in pipeline.nodes}
        if self._last:
            waiting = {name: waiting[name] for name in _up_to(self._last, waiting)}
        waiting = {name: waiting[name] for name in _most_urgent_first(waiting)}
        running: dict[str, NodeProcess] = {}
        ended: dict[str, NodeProcess] = {}
        try:
            while waiting or running:
                for node in _ready(waiting, running)[: self._at_once - len(running)]:
                    spec = waiting.pop(node)
                    work = TriedAgain(partial(_launcher_of, pipeline, spec))
                    running[node] = _start(node, work, spec.upstream_nodes)
                    self._progress.start(node)
                ended |= {node: running.pop(node) for node in self._receive(running)}
                for node in ended.keys() - _awaited(waiting, running):
                    ended.pop(node).process.terminate()  # it may hold resources open until now
        finally:
            end((*running.values(), *ended.values()))

    def _receive(self, running: dict[str, NodeProcess]) -> Iterator[str]:
        """Wait for reports of nodes, pass them on, and yield the nodes that have ended."""
        talking = wait([child.pipe for child in running.values()], self._left_s(running))
        for node, child in list(running.items()):
            if child.pipe not in talking:
                if not child.left_s(self._deadline_s):
                    raise late(node, self._deadline_s)
                continue
            try:
                word = child.pipe.recv()
            except EOFError:  # killed, or native code died
                child.process.join()
                raise of_status(child.process.exitcode or 0, node, _where_to_look()) from None
            if isinstance(word, NodeRun):
                self._progress.finish(word)
                yield node
            elif isinstance(word, Exception):
                raise word
            else:
                self._progress.step(node, *word)

    def _left_s(self, running: dict[str, NodeProcess]) -> float | None:
        """Seconds until the next deadline; None without one."""
        left = min(child.left_s(self._deadline_s) for child in running.values())
        return None if left == inf else left


def _ready(waiting: dict[str, Any], running: dict[str, NodeProcess]) -> list[str]:
    """Nodes whose dependencies have all ended, in the order of `waiting`."""
    unfinished = waiting.keys() | running.keys()
    return [n for n, spec in waiting.items() if unfinished.isdisjoint(spec.upstream_nodes)]


def _awaited(waiting: dict[str, Any], running: dict[str, NodeProcess]) -> set[str]:
    """Nodes that a waiting or running node depends on."""
    later = [spec.upstream_nodes for spec in waiting.values()]
    return {name for names in (*later, *(c.upstream for c in running.values())) for name in names}


def _up_to(last: str, waiting: dict[str, Any]) -> set[str]:
    """A node and all nodes that it depends on."""
    return {last}.union(*(_up_to(name, waiting) for name in waiting[last].upstream_nodes))


def _most_urgent_first(waiting: dict[str, Any]) -> list[str]:
    """Nodes by the longest path behind them; of equals, those that continue a path come first."""
    before = {name: spec.upstream_nodes for name, spec in waiting.items()}
    behind = {name: [n for n in before if name in before[n]] for name in before}
    urgency = {name: (_longest(name, behind), _longest(name, before)) for name in before}
    return sorted(waiting, key=lambda name: urgency[name], reverse=True)


def _longest(node: str, following: Mapping[str, Sequence[str]]) -> int:
    """Count of nodes on the longest path from a node."""
    return 1 + max((_longest(name, following) for name in following[node]), default=0)


def _launcher_of(pipeline: pipeline_pb2.Pipeline, node: Any) -> launcher.Launcher:
    deployment = runner_utils.extract_local_deployment_config(pipeline)
    store = deployment.metadata_connection_config
    name = node.node_info.id
    return launcher.Launcher(
        pipeline_node=node,
        mlmd_connection=metadata.Metadata(getattr(store, store.WhichOneof("connection_config"))),
        pipeline_info=pipeline.pipeline_info,
        pipeline_runtime_spec=pipeline.runtime_spec,
        executor_spec=runner_utils.extract_executor_spec(deployment, name),
        custom_driver_spec=runner_utils.extract_custom_driver_spec(deployment, name),
    )


def _start(name: str, node: TriedAgain, upstream: Sequence[str]) -> NodeProcess:
    ours, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_launch, args=(name, node, theirs, os.getpid()))
    process.start()
    theirs.close()
    return NodeProcess(process, ours, upstream)


def _launch(name: str, node: TriedAgain, parent: Connection, parent_id: int) -> None:
    """Code of the child: run the node, report its cost or its failure, and exit at once.

    The exit skips the interpreter's last garbage collection, in which TensorFlow Transform's
    native code sometimes crashes.
    """
    end_with_parent(parent_id)
    run, status = NodeRun(name), 1
    _listen(run, parent)
    reset_peak()
    started = time.monotonic()
    try:
        node.launch()
        run.seconds, run.peak_mb = round(time.monotonic() - started, 2), peak_mb()
        parent.send(run)
        status = 0
        if held():
            signal.pause()  # until every dependent node has ended
    except BaseException as error:  # noqa: BLE001
        traceback.print_exc()
        parent.send(of_error(error, name, _where_to_look()))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _where_to_look() -> str:
    """Advice on where the tracebacks of nodes are: in the log file, if there is one."""
    written = Path("/proc/self/fd/2").resolve()
    return f"see {written}" if written.is_file() else "see the output above"


def _listen(run: NodeRun, parent: Connection) -> None:
    """Record the node's outcome from the logs; TFX reports it nowhere else."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == PROGRESS.name:
                try:
                    parent.send(record.args)
                except Exception:  # noqa: BLE001
                    self.handleError(record)  # as logging does; the node must not fail by it
            run.cached |= record.msg == _CACHED
            run.skipped |= record.msg == _SKIPPED

    for name in ("absl", PROGRESS.name):
        logging.getLogger(name).addHandler(Listener(logging.INFO))
    PROGRESS.setLevel(logging.INFO)
    # A level of the logger would be reset when absl's flags are parsed later.
    absl.logging.set_verbosity(absl.logging.INFO)
