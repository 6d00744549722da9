"""The command line of each kind of model server, and the two files that it names."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path, PurePath, PurePosixPath

from schema.signatures import MODEL_NAME

__all__ = ["IMAGE", "Kind", "launch_command"]

IMAGE = "tensorflow/serving:2.20.0"
_MODELS_FILE, _MONITORING_FILE = "models.config", "monitoring.config"
_IN_IMAGE = PurePosixPath("/models")
_IMAGE_PORT = 8501
_MODELS = """\
model_config_list {{
  config {{
    name: "{name}"
    base_path: "{base}"
    model_platform: "tensorflow"
    model_version_policy {{ latest {{ num_versions: 2 }} }}
  }}
}}
"""
_MONITORING = """\
prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }
"""


class Kind(StrEnum):
    """A model server that can be started here."""

    BINARY = "tensorflow_model_server"
    IMAGE = f"docker image {IMAGE}"
    EMBEDDED = "embedded"


def launch_command(kind: Kind, base: Path, folder: Path, port: int) -> list[str]:
    """The command that starts `kind` on the loopback `port`; writes its two files.

    The newest two versions are served, so that clients can still use the version of their index
    after a newer one is pushed.

    Args:
        kind: the server to start.
        base: holds `<version>/saved_model.pb`.
        folder: for the two files; it must exist as long as the server runs.
        port: port for HTTP.
    """
    base, folder = base.absolute(), folder.absolute()
    if kind is Kind.IMAGE:
        _write(folder, _IN_IMAGE / MODEL_NAME)
        folder.chmod(0o755)  # an engine may run the image as another user
        return _docker(base, folder, port)
    _write(folder, base)
    program = [kind] if kind is Kind.BINARY else [sys.executable, "-m", "serving.model_server"]
    # No gRPC: another server may use its default port.
    more = ["--port=0", "--num_load_threads=2"] if kind is Kind.BINARY else []
    return [*program, f"--rest_api_port={port}", *_files(folder), *more]


def _docker(base: Path, folder: Path, port: int) -> list[str]:
    mounted = _IN_IMAGE / "config"
    return [
        "docker", "run", "--rm", "--init", "-p", f"127.0.0.1:{port}:{_IMAGE_PORT}",
        "-v", f"{base}:{_IN_IMAGE / MODEL_NAME}:ro", "-v", f"{folder}:{mounted}:ro",
        IMAGE, *_files(mounted), "--num_load_threads=2",
    ]  # fmt: skip


def _files(folder: PurePath) -> list[str]:
    return [
        f"--model_config_file={folder / _MODELS_FILE}",
        f"--monitoring_config_file={folder / _MONITORING_FILE}",
    ]


def _write(folder: Path, base: PurePath) -> None:
    models = _MODELS.format(name=MODEL_NAME, base=_quotable(base))
    (folder / _MODELS_FILE).write_text(models, encoding="utf-8")
    (folder / _MONITORING_FILE).write_text(_MONITORING, encoding="utf-8")


def _quotable(path: PurePath) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
