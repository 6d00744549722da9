"""Client of the model server's embeddings for applications; needs no TensorFlow.

The server is TensorFlow Serving's REST API or serving.model_server: the contract is the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import orjson
import stamina
import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProtocolError

from schema.arrays import Float32
from schema.errors import ModelServerError
from schema.signatures import SERVING_DEFAULT
from serving import trace
from serving.outage import Outage

__all__ = ["ModelServerClient"]

_CHUNK = 128
_CONNECTIONS = 10
"""Connections kept open; further threads open one for each request."""
_POLL_S = 0.2
_LOST = (NewConnectionError, ConnectTimeoutError, ProtocolError)
_BUSY = frozenset({503, 504})
_ADVICE = {
    400: "the pushed signature and the features sent differ: push a model of this code version",
    404: "this version is not served (now): look at versions(), push it or switch back",
    429: "the server is out of resources: send less at a time or add replicas",
    503: "the server is overloaded: try later or add replicas",
    504: "the server is too slow for its time limit: try later or add replicas",
}


class _BusyError(Exception):
    """The server replied 503 or 504; the request is retried."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class ModelServerClient:
    """One model on one model server; keeps connections open; safe to use from many threads."""

    def __init__(
        self,
        url: str,
        name: str,
        *,
        connect_timeout_s: float = 1.0,
        read_timeout_s: float = 10.0,
        retry_for_s: float = 4.0,
        down_for_s: float = 5.0,
    ) -> None:
        """Nothing is sent yet.

        A server that did not answer counts as down for `down_for_s` seconds, in which requests for
        embeddings fail at once. Then a single call tries again; with 0, every call tries.

        Args:
            url: root of the server, such as http://127.0.0.1:8501.
            name: name of the model.
            connect_timeout_s: seconds for a connection.
            read_timeout_s: seconds for a reply.
            retry_for_s: seconds in which connection errors, 503 and 504 are retried.
            down_for_s: seconds that a server counts as down.
        """
        self._path = f"/v1/models/{quote(name, safe='')}"
        self._url = url.rstrip("/") + self._path
        self._retry_for_s = retry_for_s
        self._outage = Outage(down_for_s)
        self._timeout = urllib3.Timeout(connect_timeout_s, read_timeout_s)
        self._http = urllib3.PoolManager(maxsize=_CONNECTIONS, retries=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.clear()

    def embed_users(self, instances: Sequence[dict[str, object]], version: str) -> Float32:
        """The users' embeddings by exactly this version.

        Args:
            instances: features by name, one dictionary for each user.
            version: the model version of the index.

        Returns:
            [users, dim] float32; row i belongs to instances[i]; [0, 0] if there are none.

        Raises:
            ModelServerError: the server is absent or refuses, or a vector is not finite.
        """
        return self.embed(instances, version, SERVING_DEFAULT)

    def embed(
        self,
        instances: Sequence[dict[str, object]],
        version: str,
        signature: str,
        *,
        timeout_s: float | None = None,
    ) -> Float32:
        """Embeddings by a signature of exactly this version; else as `embed_users`.

        Args:
            instances: features by name, one dictionary for each row.
            version: the model version of the index.
            signature: `serving_default` for users, `video_embedding` for videos.
            timeout_s: seconds for each request, in place of the client's.
        """
        chunks = [self._embed(c, version, signature, timeout_s) for c in _chunks(instances)]
        if len({chunk.shape[1] for chunk in chunks}) > 1:
            raise _odd_reply("vectors of one length", "several lengths")
        return np.concatenate(chunks) if chunks else np.empty((0, 0), np.float32)

    def versions(self) -> dict[str, str]:
        """Version -> state, such as "AVAILABLE" or "END"; unloaded versions are listed, too.

        Raises:
            ModelServerError: the server is absent, or has never seen this model.
        """
        return {version: state for version, (state, _) in self._statuses().items()}

    def wait_until_available(self, version: str, timeout_s: float) -> None:
        """Return as soon as `version` is served.

        Raises:
            ModelServerError: it failed to load, or is not served after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while (seen := self._glance(version)) != "AVAILABLE":
            if time.monotonic() >= deadline:
                raise ModelServerError(
                    f"version {version} to be AVAILABLE within {timeout_s:g} s",
                    seen,
                    "look at the model server's log and at its base directory",
                )
            time.sleep(_POLL_S)

    def _embed(
        self,
        chunk: Sequence[dict[str, object]],
        version: str,
        signature: str,
        timeout_s: float | None,
    ) -> Float32:
        suffix = f"/versions/{version}:predict"
        if self._outage.is_on():
            raise self._no_answer("POST", suffix, "none a moment ago")
        body: dict[str, object] = {"instances": list(chunk)}
        if signature != SERVING_DEFAULT:
            body["signature_name"] = signature
        reply = self._send("POST", suffix, body, timeout_s=timeout_s)
        try:
            with np.errstate(over="ignore"):  # overflow becomes infinity, which is refused below
                vectors = np.asarray(_json(reply)["predictions"], np.float32)
        except (KeyError, TypeError, ValueError):
            # `from None`: NumPy's message may quote the server's reply.
            raise _odd_reply("a list of vectors in 'predictions'", "something else") from None
        if vectors.ndim != 2 or len(vectors) != len(chunk):  # noqa: PLR2004  # [users, dim]
            raise _odd_reply(f"vectors of shape [{len(chunk)}, dim]", f"{list(vectors.shape)}")
        if not np.isfinite(vectors).all():
            raise _odd_reply("finite vectors", "NaN or infinity")
        return vectors

    def _glance(self, version: str) -> str:
        """The state of `version`, by one request; an absent server counts as a state."""
        try:
            state, code = self._statuses(retry_for_s=0).get(version, ("no such version", "OK"))
        except ModelServerError as error:
            return f"no status ({error})"
        if state == "END" and code != "OK":
            raise ModelServerError(
                f"version {version} to load",
                f"{state} with {code}",
                "its directory is incomplete or of another TensorFlow: push it again",
            )
        return state

    def _statuses(self, retry_for_s: float | None = None) -> dict[str, tuple[str, str]]:
        """Version -> (state, error code)."""
        reply = _json(self._send("GET", "", None, retry_for_s))
        try:
            return {
                line["version"]: (line["state"], line.get("status", {}).get("error_code", "OK"))
                for line in reply["model_version_status"]
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise _odd_reply("a list 'model_version_status'", "something else") from error

    def _send(
        self,
        method: str,
        suffix: str,
        body: object,
        retry_for_s: float | None = None,
        timeout_s: float | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """The reply of status 200; connection errors, 503 and 504 are retried with jitter."""
        patience_s = self._retry_for_s if retry_for_s is None else retry_for_s
        text = b"" if body is None else _json_bytes(body)
        try:
            for attempt in _attempts(patience_s):
                with attempt:
                    reply = self._once(method, suffix, text, timeout_s)
        except HTTPError as error:
            self._outage.begin()
            raise self._no_answer(method, suffix, type(error).__name__) from error
        except _BusyError as error:
            raise self._refusal(method, suffix, error.status) from error
        self._outage.end()
        if reply.status != HTTPStatus.OK:
            raise self._refusal(method, suffix, reply.status)
        return reply

    def _once(
        self, method: str, suffix: str, body: bytes, timeout_s: float | None
    ) -> urllib3.BaseHTTPResponse:
        limit = self._timeout if timeout_s is None else urllib3.Timeout(total=timeout_s)
        reply = self._http.request(
            method, self._url + suffix, body=body, redirect=False, timeout=limit,
            headers={"Content-Type": "application/json", **_trace()},
        )  # fmt: skip
        if reply.status in _BUSY:
            raise _BusyError(reply.status)
        return reply

    def _no_answer(self, method: str, suffix: str, got: str) -> ModelServerError:
        return ModelServerError(
            f"an answer to {method} {self._path}{suffix}", got,
            "start the model server or correct its URL",
        )  # fmt: skip

    def _refusal(self, method: str, suffix: str, status: int) -> ModelServerError:
        """The error without the server's message, which quotes the request and so the user."""
        advice = _ADVICE.get(status, "look at the model server's log")
        return ModelServerError(
            f"HTTP 200 from {method} {self._path}{suffix}", f"HTTP {status}", advice
        )


def _chunks(instances: Sequence[dict[str, object]]) -> Iterator[Sequence[dict[str, object]]]:
    for start in range(0, len(instances), _CHUNK):
        yield instances[start : start + _CHUNK]


def _trace() -> dict[str, str]:
    """The header of the request that this one is made for, if there is one."""
    return {trace.HEADER: trace.current()} if trace.current() else {}


def _attempts(patience_s: float) -> Iterable[stamina.Attempt]:
    return stamina.retry_context(
        # A read time-out is not retried: a second request would only add to the load.
        on=(*_LOST, _BusyError),
        attempts=5 if patience_s else 1,
        timeout=patience_s or None,
        wait_initial=0.1,
        wait_max=1.0,
        wait_jitter=0.3,
    )


def _json_bytes(body: object) -> bytes:
    text = orjson.dumps(body)
    if b"null" in text:  # orjson's form of NaN and infinity; no instance holds None
        try:
            json.dumps(body, allow_nan=False)
        except ValueError:
            raise ModelServerError(
                "finite numbers in every instance", "NaN or infinity", "impute before asking"
            ) from None
    return text


def _json(reply: urllib3.BaseHTTPResponse) -> Any:
    """The value by orjson, else by Python's parser, which accepts the NaN of a broken model."""
    try:
        return orjson.loads(reply.data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(reply.data)
    except ValueError:
        # `from None`: the decoder's exception contains the whole document.
        raise _odd_reply("a JSON reply", "something else") from None


def _odd_reply(expected: str, got: str) -> ModelServerError:
    return ModelServerError(expected, got, "is this URL a TensorFlow Serving REST API?")
