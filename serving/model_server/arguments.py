"""The command line: TensorFlow Serving's flags, and a short form."""

from __future__ import annotations

import argparse
from pathlib import Path

from serving.model_server.config import ModelConfig, read_metrics_path, read_model_config

__all__ = ["arguments", "metrics_path", "model_config"]


def arguments() -> argparse.Namespace:
    """This process's arguments; a wrong one ends it with the usage."""
    parser = argparse.ArgumentParser(prog="python -m serving.model_server")
    add = parser.add_argument
    add("--model_config_file", type=Path, help="names the model, its folder, versions and labels")
    add("--base", type=Path, help="in place of that file: holds <version>/saved_model.pb")
    add("--name", help="in place of that file: the model's name in URLs")
    add("--keep", type=int, default=2, help="in place of that file: newest versions to serve")
    add("--host", default="127.0.0.1")
    add("--port", "--rest_api_port", type=int, default=8501, help="0: any free one")
    add("--port-file", type=Path, help="gets the port once requests are answered")
    add("--poll-s", type=float, default=1.0, help="seconds between two looks")
    add("--timeout-s", type=float, default=30.0, help="seconds for one request")
    add("--monitoring_config_file", type=Path, help="enables the page of the metrics")
    add("--rest_api_enable_cors_support", dest="cors", type=_boolean, nargs="?", const=True,
        default=False, help="lets pages of other origins read the replies")  # fmt: skip
    args = parser.parse_args()
    if bool(args.model_config_file) == bool(args.base and args.name):
        parser.error("expected either --model_config_file or --base and --name")
    return args


def model_config(args: argparse.Namespace) -> ModelConfig:
    """The model and versions to serve at the start.

    Raises:
        SetupError: the model config file cannot be used.
    """
    if args.model_config_file:
        return read_model_config(args.model_config_file)
    return ModelConfig(args.name, args.base, args.keep)


def metrics_path(args: argparse.Namespace) -> str:
    """Path of the metrics; "" if they are not enabled.

    Raises:
        SetupError: the monitoring config file cannot be used.
    """
    file = args.monitoring_config_file
    return read_metrics_path(file) if file else ""


def _boolean(text: str) -> bool:
    return bool(["false", "true"].index(text.lower()))
