"""The page is complete in itself; what it does in a browser is tested in one."""

from __future__ import annotations

import re

from tests.serving.api.conftest import Service


def test_the_page_names_nothing_elsewhere(service: Service) -> None:
    for path in ("/", "/page.js", "/page.css"):
        text = service.get(path).text
        assert not re.search(r"https?:|//[a-z]|@import|url\(|innerHTML|eval\(", text)


def test_the_policy_allows_its_own_files_alone(service: Service) -> None:
    response = service.get("/")
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script>", response.text)


def test_each_file_has_its_type(service: Service) -> None:
    types = [service.get(path).headers["Content-Type"] for path in ("/", "/page.js", "/page.css")]
    assert types == [f"text/{name}; charset=utf-8" for name in ("html", "javascript", "css")]


def test_every_element_that_the_script_uses_is_on_the_page(service: Service) -> None:
    used = set(re.findall(r'at\("([\w-]+)"\)', service.get("/page.js").text))
    ids = re.findall(r'\sid="([\w-]+)"', service.get("/").text)
    assert len(used) > 15
    assert used <= set(ids)
    assert len(ids) == len(set(ids))


def test_every_field_has_a_label(service: Service) -> None:
    text = service.get("/").text
    fields = re.findall(r'<(?:input|select) id="([\w-]+)"', text)
    assert fields
    assert set(fields) == set(re.findall(r'<label[^>]* for="([\w-]+)"', text))
