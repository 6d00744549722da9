"""axe-core finds no serious fault on the service's page, before and after an answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.axe import serious_faults
from tests.browser import visiting
from tests.serving.api.conftest import Service
from tests.serving.api.test_page_in_browser import _ask

pytestmark = [pytest.mark.axe, pytest.mark.browser]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(
    browser: Browser, service: Service, axe: str, scheme: str
) -> None:
    with visiting(browser, f"{service.url}/", color_scheme=scheme) as page:
        assert serious_faults(page, axe) == []
        _ask(page)
        assert serious_faults(page, axe) == []
