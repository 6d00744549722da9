"""A question to the service that `make serve` has started, if it runs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
import urllib3
from rich.console import Console
from rich.table import Table

__all__ = ["ask_service", "service_data", "show_service_answer"]

_TIMEOUT = urllib3.Timeout(connect=0.5, read=5.0)


def ask_service(root: str, user: str, limit: int) -> dict[str, Any] | None:
    """The answer of the service at `root`; None if none of ours answers there."""
    url = f"{root.rstrip('/')}/v1/users/{user}/recommendations?limit={limit}"
    try:
        reply = urllib3.request("GET", url, timeout=_TIMEOUT, retries=False)
        answer = orjson.loads(reply.data) if reply.status == HTTPStatus.OK else None
    except (urllib3.exceptions.HTTPError, orjson.JSONDecodeError):
        return None
    return answer if isinstance(answer, dict) and "rung" in answer else None


def service_data(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer in the form of `two-tower recommend --json`: a part of the service's own."""
    items = [{key: item[key] for key in ("video_id", "title", "score")} for item in answer["items"]]
    return {
        "by": "service", "rung": answer["rung"], "model_version": answer["model_version"],
        "reason": answer["reason"], "items": items,
    }  # fmt: skip


def show_service_answer(answer: dict[str, Any], console: Console) -> None:
    """Print what was recommended, by which way, and why."""
    by = f"{answer['rung']} {answer['model_version']}".strip()
    table = Table(title=f"for one user, by the service: {by}", title_justify="left")
    table.add_column("recommended")
    table.add_column("score", justify="right")
    for item in answer["items"]:
        table.add_row(item["title"], f"{item['score']:.3f}")
    console.print(table)
    if answer["reason"]:
        console.print(answer["reason"], highlight=False, soft_wrap=True)
