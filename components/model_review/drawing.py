"""What the pages are drawn with: jinja2, which escapes what it is given; policies; moments."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

__all__ = ["moment", "policy", "template"]

HERE = Path(__file__).parent


def template(name: str, filters: Mapping[str, Callable[..., str]] | None = None) -> Template:
    """A template of this folder, `name` from here."""
    drawing = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    drawing.filters |= filters or {}
    return drawing.get_template(name)


def moment(version: str) -> str:
    """When a version was trained: it is the second, since 1970. Empty for another name."""
    if not version.isdecimal():
        return ""
    return datetime.fromtimestamp(int(version), UTC).strftime("%Y-%m-%d %H:%M UTC")


def policy(scripts: Iterable[str]) -> str:
    """A Content-Security-Policy under which nothing is fetched and only these scripts run.

    Each is named by its hash, so that no handler in an attribute runs either.
    """
    digests = (hashlib.sha256(script.encode()).digest() for script in dict.fromkeys(scripts))
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )
