"""A short look at the service and at the model server; what does not answer is no error."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import orjson
import urllib3

from schema.errors import ModelServerError
from schema.signatures import MODEL_NAME
from serving.model_client import ModelServerClient

__all__ = ["NOT_OURS", "READY", "Server", "look_at_model_server", "look_at_service"]

READY, NOT_OURS = "ready", "another server"
_WITHIN_S = 0.3
"""Time-out of a request."""


@dataclass(frozen=True)
class Server:
    """A server: its URL, whether it works, and its parts (dependencies, or versions) in a word."""

    url: str
    state: str
    parts: dict[str, str]


def look_at_service(root: str) -> Server:
    """By /readyz; the parts are the dependencies, breakers included, as the service names them."""
    try:
        reply = urllib3.request(
            "GET", f"{root.rstrip('/')}/readyz", timeout=_WITHIN_S, retries=False
        )
        document = orjson.loads(reply.data)
        parts = {str(name): str(state) for name, state in document["dependencies"].items()}
    except urllib3.exceptions.HTTPError:
        return Server(root, "not running", {})
    except (orjson.JSONDecodeError, LookupError, AttributeError, TypeError):
        return Server(root, NOT_OURS, {})
    return Server(root, READY if reply.status == HTTPStatus.OK else "not ready", parts)


def look_at_model_server(url: str) -> Server:
    """By its status; the parts are the states of its versions."""
    if not url:
        return Server("", "embedded: it runs with `make serve` and `make run`", {})
    with ModelServerClient(
        url, MODEL_NAME, connect_timeout_s=_WITHIN_S, read_timeout_s=_WITHIN_S, retry_for_s=0
    ) as client:
        try:
            return Server(url, READY, client.versions())
        except ModelServerError as error:
            return Server(url, str(error), {})
