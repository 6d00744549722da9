"""The trace that a request belongs to, by the header of W3C Trace Context.

A caller's trace is continued; without one a new trace begins. The header of the current request is
`current()`, in every thread that works on it: what asks another server passes it on.
"""

from __future__ import annotations

import re
import secrets
from contextvars import ContextVar

__all__ = ["HEADER", "begin", "current", "trace_id"]

HEADER = "traceparent"
_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_current: ContextVar[str] = ContextVar(HEADER, default="")


def begin(received: str) -> str:
    """The header of this request as of now: the trace received, or a new one, and a new parent."""
    found = _FORM.fullmatch(received)
    # Version 00 has no fifth part; zeros and version ff are invalid.
    valid = found and found[1] != "ff" and not (found[1] == "00" and found[5])
    trace, flags = (found[2], found[4]) if found and valid else ("", "01")
    if not trace.strip("0") or (found and not found[3].strip("0")):
        trace, flags = secrets.token_hex(16), "01"
    header = f"00-{trace}-{secrets.token_hex(8)}-{flags}"
    _current.set(header)
    return header


def current() -> str:
    """The header to pass on; empty outside a request."""
    return _current.get()


def trace_id() -> str:
    """The current trace; empty outside a request."""
    return _current.get()[3:35]
