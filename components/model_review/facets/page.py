"""Draws statistics with the facets overview out of the wheel of the What-If Tool."""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tensorflow_metadata.proto.v0 import statistics_pb2

from components.model_review.drawing import policy, template
from components.model_review.reviews import DASHBOARDS

__all__ = ["render"]

ELEMENTS = "witwidget/static/wit_jupyter.html"
"""File in the wheel: all elements, and at its end the tool itself."""
TOOL = "<wit-dashboard local"
_FONT = re.compile(r"@font-face\s*\{[^}]*\}")
_SCRIPT = re.compile(r"<script[^>]*>(.*?)</script>", re.DOTALL)


def render(
    version: str, kinds: Mapping[str, statistics_pb2.DatasetFeatureStatisticsList], wheel: Path
) -> str:
    """The page: statistics by title, drawn by the elements in the wheel."""
    elements = _elements(wheel)
    return template("facets/page.html").render(
        version=version,
        pages=DASHBOARDS,
        elements=elements,
        kinds={title: _encoded(statistics) for title, statistics in kinds.items()},
        policy=policy(_SCRIPT.findall(elements)),
    )


def _encoded(statistics: statistics_pb2.DatasetFeatureStatisticsList) -> str:
    return base64.b64encode(statistics.SerializeToString()).decode()


def _elements(wheel: Path) -> str:
    """The elements alone, without fonts, which would come from elsewhere."""
    with zipfile.ZipFile(wheel) as package:
        text = package.read(ELEMENTS).decode()
    text = text.removeprefix("<!doctype html>")
    return _FONT.sub("", text[: text.rindex(TOOL)])
