"""The URL grammar of TensorFlow Serving's http_rest_api_util.cc."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import unquote

from serving.model_server.status import invalid

__all__ = ["Action", "Route", "VersionOverflowError", "match"]

Action = Literal["predict", "classify", "regress", "status", "metadata"]

_FLAGS = re.IGNORECASE | re.ASCII
_MODEL = r"/v1/models{optional}(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
_POST = re.compile(
    _MODEL.format(optional="/(?P<name>[^/:]+)") + r":(?P<action>classify|regress|predict)", _FLAGS
)
_GET = re.compile(
    _MODEL.format(optional="(?:/(?P<name>[^/:]+))?") + r"(?:/(?P<action>metadata))?", _FLAGS
)
_GRAMMAR = {"POST": _POST, "GET": _GET}
_INT64_MAX = 2**63 - 1


class VersionOverflowError(Exception):
    """The version does not fit 64 bits: 400 with an empty body."""


@dataclass(frozen=True)
class Route:
    """A parsed URL; a version of None means the newest."""

    action: Action
    name: str
    version: int | None
    label: str | None


def match(method: str, target: str) -> Route:
    """The route of `method` on `target` (path with query, still %-encoded).

    Raises:
        StatusError: the URL is not in the grammar, which allows no query string.
        VersionOverflowError: the version is larger than an int64.
    """
    found = _GRAMMAR[method].fullmatch(target) if method in _GRAMMAR else None
    action = found["action"] if found else None
    # The path is matched case-insensitively, the verb case-sensitively.
    if found is None or (method == "POST" and action != (action or "").lower()):
        raise invalid(f"Malformed request: {method} {target}")
    if found["name"] is None:
        raise invalid("Missing model name in request.")
    if method == "GET" and action != "metadata":
        action = "status"
    label = None if found["label"] is None else _decoded(found["label"])
    return Route(cast("Action", action), _decoded(found["name"]), _int64(found["version"]), label)


def _decoded(text: str) -> str:
    return unquote(text, errors="surrogateescape")


def _int64(digits: str | None) -> int | None:
    if digits is None:
        return None
    # The length first: Python refuses to read thousands of digits.
    if len(digits.lstrip("0")) > len(str(_INT64_MAX)) or int(digits) > _INT64_MAX:
        raise VersionOverflowError
    return int(digits)
