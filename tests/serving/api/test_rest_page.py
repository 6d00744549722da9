"""The calls of docs/rest.md get the answers that stand there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import requests

from serving.api.settings import Settings
from tests.serving.api.conftest import Service

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "rest.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8080"
VARYING = r"total;dur=[\d.]+|[0-9a-f]{32}(-[0-9a-f]{16})?"


def _examples() -> list[tuple[str, str]]:
    """Each call with the text of its answer."""
    text = "\n".join(line[4:] for line in PAGE.splitlines() if line.startswith("    ") or not line)
    found = []
    for part in text.split("$ curl ")[1:]:
        call, _, answer = part.partition("\n")
        while call.count("'") % 2:
            more, _, answer = answer.partition("\n")
            call += f"\n{more}"
        found.append((call, answer.strip()))
    return found


def _sent(service: Service, call: str) -> requests.Response:
    words = shlex.split(call)
    url = next(word for word in words if word.startswith(ADDRESS)).removeprefix(ADDRESS)
    given = {words[i]: words[i + 1] for i in range(len(words) - 1) if words[i] in {"-d", "-H"}}
    if "-d" not in given:
        return service.get(url)
    assert given["-H"] == "Content-Type: application/json"
    return service.post(url, given["-d"].encode(), headers={"Content-Type": "application/json"})


def _steady(value: object) -> str:
    return re.sub(VARYING, "…", json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize(("call", "answer"), _examples())
def test_a_call_gets_the_answer_on_the_page(service: Service, call: str, answer: str) -> None:
    response = _sent(service, call)
    head, _, body = answer.rpartition("\n\n")
    assert _steady(response.json()) == _steady(json.loads(body))
    status, *headers = head.splitlines() or ["HTTP/1.1 200 OK"]
    if head:
        assert status == f"HTTP/1.1 {response.status_code} {response.reason}"
    for line in headers:
        name, _, value = line.partition(": ")
        assert _steady(response.headers[name]) == _steady(value)


def test_the_page_has_every_setting_with_its_default() -> None:
    assert len(_examples()) == 8
    for name, field in Settings.model_fields.items():
        variable = "MODEL_SERVER_URL" if name == "model_server_url" else f"API_{name.upper()}"
        row = next(line for line in PAGE.splitlines() if line.startswith("|") and variable in line)
        default = field.get_default(call_default_factory=True)
        assert not default or str(default) in row
