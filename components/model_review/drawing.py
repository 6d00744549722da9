"""What the pages are drawn with: jinja2, which escapes all that it is given, and moments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

__all__ = ["moment", "template"]

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
