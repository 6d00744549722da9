"""Draws a dashboard as one HTML file with all that it needs: TFMA's elements, charts, data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path

import tensorflow_model_analysis as tfma

from components.model_review.dashboards.dashboard import Dashboard
from components.model_review.drawing import policy, template

__all__ = ["render"]

HERE = Path(__file__).parent
CHARTS = (
    "events", "tables", "svg", "scales", "chart", "line_chart", "bubble_chart", "column_chart",
    "table_chart", "google",
)  # fmt: skip
"""Files of `charts/` in the order in which they use each other."""
ELEMENTS = Path(tfma.__file__).parent / "static" / "vulcanized_tfma.js"


def render(dashboard: Dashboard, version: str, pages: Mapping[str, str]) -> str:
    """The page, with links to the version's pages, by file name and title."""
    scripts = _scripts()
    return template("dashboards/page.html").render(
        board=dashboard,
        version=version,
        pages=pages,
        data=_json(dashboard),
        scripts=scripts,
        policy=policy(scripts),
    )


def _json(dashboard: Dashboard) -> str:
    """The choices as JSON in which nothing can end the script element around it."""
    choices = [asdict(choice) for choice in dashboard.choices]
    text = json.dumps({"choices": choices}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


@cache
def _scripts() -> tuple[str, str, str]:
    """The charts, which must be there first; TFMA's elements; the page's own."""
    charts = "".join((HERE / "charts" / f"{name}.js").read_text("utf-8") for name in CHARTS)
    elements = ELEMENTS.read_text("utf-8").replace("</script", "<\\/script")
    own = (HERE / "page.js").read_text("utf-8")
    return _alone(charts), elements, _alone(own)


def _alone(script: str) -> str:
    """The script with names of its own."""
    return f'"use strict";\n{{\n{script}}}\n'
