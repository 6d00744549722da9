"""Handlers of the URLs.

The order of checks is that of TensorFlow Serving's http_rest_api_handler.cc.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import cast

from serving.model_server.json_text import parse
from serving.model_server.model import LoadedModel, Signature
from serving.model_server.reply import predict_text
from serving.model_server.request import Body, Form, named_tensors, signature_name
from serving.model_server.routes import Route
from serving.model_server.status import Code, StatusError, invalid
from serving.model_server.tensors import Tensor
from serving.model_server.versions import Versions, VersionStatus

__all__ = ["handle"]

_JSON = Lock()
"""Held during conversion between JSON and tensors, which holds the interpreter: several requests at
a time would gain nothing, and the status would wait for each of them."""


def handle(versions: Versions[LoadedModel], route: Route, body: bytes) -> str:
    """The reply to `route` as JSON text.

    Raises:
        StatusError: the request failed.
    """
    match route.action:
        case "predict":
            return _predict(versions, route, body)
        case "status":
            return _status(versions, route)
        case "metadata":
            return _metadata(versions, route)
        case _:
            message = f"{route.action} is not in this server: ask for :predict"
            raise StatusError(Code.UNIMPLEMENTED, message)


def _predict(versions: Versions[LoadedModel], route: Route, body: bytes) -> str:
    with _JSON:
        root = parse(body)
    signature_of = signature_name(root)
    with versions.use(route.name, _version(versions, route)) as (_, model):
        signature = model.signature(signature_of)
        with _JSON:
            form, tensors = _tensors(cast("Body", root), signature)
        outputs = signature.run(tensors)
        with _JSON:
            return predict_text(form, outputs)


def _tensors(root: Body, signature: Signature) -> tuple[Form, dict[str, Tensor]]:
    try:
        return named_tensors(root, signature.dtypes)
    except RecursionError as error:
        raise invalid("JSON Value: nested too deeply") from error


def _status(versions: Versions[LoadedModel], route: Route) -> str:
    """The status of one version or of all; a label is ignored, as in the original."""
    statuses = versions.statuses() if route.name == versions.name else []
    if route.version is not None:
        statuses = [status for status in statuses if status.version == route.version]
        if not statuses:
            message = f"Could not find version {route.version} of model {route.name}"
            raise StatusError(Code.NOT_FOUND, message)
    if not statuses:
        raise StatusError(Code.NOT_FOUND, f"Could not find any versions of model {route.name}")
    return json.dumps({"model_version_status": [_line(status) for status in statuses]}, indent=1)


def _line(status: VersionStatus) -> dict[str, object]:
    return {
        "version": str(status.version),  # int64 fields of a protobuf are strings in JSON
        "state": status.state,
        "status": {"error_code": status.code.name, "error_message": status.message},
    }


def _metadata(versions: Versions[LoadedModel], route: Route) -> str:
    with versions.use(route.name, _version(versions, route)) as (version, model):
        spec = {"name": route.name, "signature_name": "", "version": str(version)}
        metadata = {"signature_def": {"signature_def": model.metadata()}}
        return json.dumps({"model_spec": spec, "metadata": metadata}, indent=1)


def _version(versions: Versions[LoadedModel], route: Route) -> int | None:
    return route.version if route.label is None else versions.labelled(route.name, route.label)
