"""One line for each request. A user is a hash by a key that this process alone knows."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import traceback

from starlette.types import Scope

from schema.errors import TwoTowerError
from serving.api.guard import KEY_NAME
from serving.api.problems import ProblemError
from serving.trace import trace_id

__all__ = ["RequestLog"]

_LOG = logging.getLogger("serving.api")
_FRAMES = 6


class RequestLog:
    """Lines by which one request, or one user of this process, can be followed."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def done(self, scope: Scope, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` has no values in it."""
        user = str(scope.get("path_params", {}).get("user_id", ""))
        _LOG.info(
            "%s %s %d %.1f ms trace=%s key=%s user=%s", scope["method"], route, status,
            seconds * 1e3, trace_id(), scope.get(KEY_NAME, "") or "-", self._hashed(user),
        )  # fmt: skip

    def failed(self, error: Exception) -> None:
        """A request ended with an exception.

        Our own errors have lines that may be kept. Any other's text may hold what was asked, so
        its class and places stand alone.
        """
        if isinstance(error, ProblemError):
            return
        if isinstance(error, TwoTowerError):
            _LOG.warning("trace=%s %s: %s", trace_id(), type(error).__name__, error)
            return
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        places = " < ".join(f"{f.filename}:{f.lineno} {f.name}" for f in reversed(frames))
        _LOG.error("trace=%s %s at %s", trace_id(), type(error).__name__, places)

    def _hashed(self, user: str) -> str:
        if not user:
            return "-"
        return hmac.new(self._secret, user.lower().encode(), hashlib.sha256).hexdigest()[:12]
