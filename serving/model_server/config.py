"""The two files of TensorFlow Serving's command line, in the text form of its protobufs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

from schema.errors import SetupError

__all__ = ["ModelConfig", "read_metrics_path", "read_model_config"]

_METRICS_PATH = "/monitoring/prometheus/metrics"


@dataclass(frozen=True)
class ModelConfig:
    """The model to serve, its folder, the number of versions and their labels."""

    name: str
    base: Path
    keep: int = 2
    labels: Mapping[str, int] = field(default_factory=dict)


def read_model_config(file: Path) -> ModelConfig:
    """The content of `--model_config_file`.

    Raises:
        SetupError: it cannot be read, or asks for something that this server lacks.
    """
    models = _parsed(file, ModelServerConfig()).model_config_list.config
    if len(models) != 1:
        advice = "start one server for each model"
        raise SetupError(f"one model in {file}", f"{len(models)}", advice)
    (model,) = models
    if not (model.name and Path(model.base_path).is_absolute()):
        got = f'"{model.name}" at "{model.base_path}"'
        raise SetupError(f"a name and an absolute base_path in {file}", got, "give both")
    return ModelConfig(
        model.name, Path(model.base_path), _keep(file, model), dict(model.version_labels)
    )


def _keep(file: Path, model: Any) -> int:
    policy = model.model_version_policy
    match policy.WhichOneof("policy_choice"):
        case None:
            return 1
        case "latest":
            return policy.latest.num_versions or 1
        case other:
            advice = "write model_version_policy { latest { num_versions: 2 } }"
            raise SetupError(f"the policy latest in {file}", str(other), advice)


def read_metrics_path(file: Path) -> str:
    """The path of the metrics by `--monitoring_config_file`; "" if they are not enabled.

    Raises:
        SetupError: it cannot be read.
    """
    prometheus = _parsed(file, _monitoring_config()).prometheus_config
    return (prometheus.path or _METRICS_PATH) if prometheus.enable else ""


def _parsed(file: Path, message: Any) -> Any:
    kind = message.DESCRIPTOR.name
    try:
        return text_format.Parse(file.read_text(encoding="utf-8"), message)
    except OSError as error:
        raise SetupError(
            f"to read {file}", (error.strerror or "").lower(), "correct its path"
        ) from error
    except (UnicodeDecodeError, text_format.ParseError) as error:
        raise SetupError(
            f"a text-format {kind} in {file}", str(error), "correct the file"
        ) from error


def _monitoring_config() -> Any:
    """An empty MonitoringConfig, which the package of TensorFlow Serving's protobufs lacks."""
    field_type = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="monitoring_config.proto", syntax="proto3")
    inner = file.message_type.add(name="PrometheusConfig").field
    inner.add(name="enable", number=1, label=1, type=field_type.TYPE_BOOL)
    inner.add(name="path", number=2, label=1, type=field_type.TYPE_STRING)
    file.message_type.add(name="MonitoringConfig").field.add(
        name="prometheus_config", number=1, label=1, type=field_type.TYPE_MESSAGE,
        type_name=".PrometheusConfig",
    )  # fmt: skip
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("MonitoringConfig"))()
