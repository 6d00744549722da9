"""The page in a browser, over the fake recommender, as a person uses it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PHONE, overflow, visiting
from tests.serving.api.conftest import Service, Start
from tests.serving.api.fake import HEALTHY, USER, VIDEOS, FakeRecommender

pytestmark = pytest.mark.browser

TITLES = [title for _, title in VIDEOS]


def _ask(page: Page, *, videos: int = 20) -> None:
    """Picks the first user and asks."""
    option = page.locator("#users option").first
    option.wait_for(state="attached")
    page.get_by_label("User").fill(option.get_attribute("value") or "")
    page.get_by_label("Videos").fill(str(videos))
    page.get_by_role("button", name="Recommend").click()
    expect(page.locator("#items tr").first).to_be_visible()


def _shown(page: Page) -> list[str]:
    return page.locator("#items tr td:nth-child(2)").all_inner_texts()


def test_a_picked_user_s_likes_stand_beside_what_is_recommended(
    browser: Browser, service: Service
) -> None:
    with visiting(browser, f"{service.url}/") as page:
        _ask(page)
        expect(page.locator("#liked li")).to_have_text(TITLES[1:])
        rows = page.locator("#items tr")
        expect(rows).to_have_count(3)
        assert rows.first.locator("td").all_inner_texts() == ["1", TITLES[0], "0.875", TITLES[1]]
        assert service.recommender.asked[0].user_id == USER


def test_the_page_says_how_the_answer_was_found(browser: Browser, service: Service) -> None:
    with visiting(browser, f"{service.url}/") as page:
        _ask(page, videos=1)
        assert page.locator("#about dt").all_inner_texts() == [
            "Rung", "Version", "Arm", "Time", "Reason", "Stages, ms",
        ]  # fmt: skip
        rung, version, arm, timing, reason, stages = page.locator("#about dd").all_inner_texts()
        assert (rung, version, arm) == ("fresh", "1764295200", "no experiment")
        assert reason == "fewer videos meet the conditions"
        assert float(timing.removesuffix(" ms")) > 0
        assert stages == "features 1.5, model-server 4.3, search 0.8"


def test_the_next_page_has_no_video_of_the_first(browser: Browser, service: Service) -> None:
    with visiting(browser, f"{service.url}/") as page:
        _ask(page, videos=2)
        page.get_by_role("button", name="Show more").click()
        expect(page.locator("#items tr")).to_have_count(3)
        assert _shown(page) == TITLES
        assert page.locator("#items td:first-child").all_inner_texts() == ["1", "2", "3"]
        expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    assert service.recommender.asked[1].exclude == {video for video, _ in VIDEOS[:2]}


def test_filters_are_asked_for(browser: Browser, service: Service) -> None:
    with visiting(browser, f"{service.url}/") as page:
        page.get_by_label("Genre").fill("drama")
        page.get_by_label("Price at most").fill("9.5")
        page.get_by_label("Released since").fill("2026-01-31")
        _ask(page)
    found = service.recommender.asked[0].filters
    assert (found.genre, found.maker, found.price_max) == ("drama", None, 9.5)
    assert str(found.released_since) == "2026-01-31 00:00:00+00:00"


def test_a_wrong_id_is_an_error_in_words_and_the_next_question_works(
    browser: Browser, service: Service
) -> None:
    with visiting(browser, f"{service.url}/", expected=("status of 422",)) as page:
        page.get_by_label("User").fill("42")
        page.get_by_label("User").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("expected a UUID (8-4-4-4-12")
        _ask(page)
        expect(page.get_by_role("alert")).to_be_hidden()


def test_the_health_line_says_what_is_wrong(browser: Browser, start: Start) -> None:
    line = "Health: all works · version 1764295200, live for 90 min, 1,682 videos"
    with visiting(browser, f"{start().url}/") as page:
        expect(page.locator("#health")).to_have_text(line)
    broken = replace(HEALTHY, dependencies={"database": "", "model server": "gone"})
    url = start(FakeRecommender(state=broken)).url
    with visiting(browser, f"{url}/", expected=("status of 503",)) as page:
        expect(page.locator("#health")).to_contain_text("Health: model server: gone · version")


def test_the_keyboard_alone_is_enough(browser: Browser, service: Service) -> None:
    """Skip link, user, Enter; then on to the button for more and the links."""
    with visiting(browser, f"{service.url}/") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "user"
        page.keyboard.type(USER)
        for _ in range(2):
            page.keyboard.press("Tab")
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        expect(page.locator("#items tr")).to_have_count(1)
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "more":
                break
        page.keyboard.press("Enter")
        expect(page.locator("#items tr")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "viewport", [PHONE, {"width": 320, "height": 640}, {"width": 1200, "height": 900}]
)
def test_nothing_is_wider_than_the_window(
    browser: Browser, service: Service, scheme: str, viewport: dict[str, int]
) -> None:
    look = {"color_scheme": scheme, "viewport": viewport}
    with visiting(browser, f"{service.url}/", **look) as page:
        assert overflow(page) == 0
        _ask(page)
        assert overflow(page) == 0


def test_both_schemes_have_colours_of_their_own(browser: Browser, service: Service) -> None:
    colours = []
    for scheme in ("light", "dark"):
        with visiting(browser, f"{service.url}/", color_scheme=scheme) as page:
            colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(246, 247, 249)", "rgb(17, 21, 27)"]


def test_where_a_key_is_wanted_the_page_asks_for_it(browser: Browser, start: Start) -> None:
    hashes = ("2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",)  # of "secret"
    url = start(key_hashes=hashes).url
    with visiting(browser, f"{url}/", expected=("status of 401",)) as page:
        page.get_by_label("API key").fill("secret")
        page.get_by_label("API key").press("Tab")
        _ask(page)


def test_nobody_waits_for_the_list_of_users(browser: Browser, service: Service) -> None:
    service.recommender.gate.clear()
    with visiting(browser, f"{service.url}/") as page:
        expect(page.get_by_role("button", name="Recommend")).to_be_enabled()
        service.recommender.gate.set()
        _ask(page)


def _beside(page: Page) -> list[list[str]]:
    rows = page.locator("#other-items tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_another_version_stands_beside_with_what_moved(browser: Browser, service: Service) -> None:
    """The standby version has the three videos in the other order."""
    with visiting(browser, f"{service.url}/") as page:
        choice = page.get_by_label("Beside")
        expect(choice.locator("option")).to_have_text(
            [
                "no other version",
                "1764298800, checked, 2025-11-28",
                "1764208800, standby, 2025-11-27",
            ]
        )
        choice.select_option("1764208800")
        _ask(page)
        expect(page.locator("#other-title")).to_have_text("Version 1764208800, standby, 2025-11-27")
        expect(page.locator("#other-about")).to_contain_text("fresh · ")
        assert _beside(page) == [
            ["1", "▲ 2", TITLES[2], "0.875"],
            ["2", "=", TITLES[1], "0.750"],
            ["3", "▼ 2", TITLES[0], "0.625"],
        ]
        expect(page.locator(".only")).to_have_count(0)
        assert overflow(page) == 0
        choice.select_option("")
        _ask(page)
        expect(page.locator("#other")).to_be_hidden()
    assert [one.version for one in service.recommender.asked] == ["", "1764208800", ""]


def test_a_video_that_one_list_alone_has_is_marked_until_the_other_shows_it(
    browser: Browser, service: Service
) -> None:
    with visiting(browser, f"{service.url}/", viewport=PHONE) as page:
        page.get_by_label("Beside").select_option("1764208800")
        _ask(page, videos=1)
        expect(page.locator("#items .only")).to_have_text([TITLES[0]])
        expect(page.locator("#other-items .only")).to_have_text([TITLES[2]])
        page.get_by_role("button", name="Show more").click()
        expect(page.locator("#other-items tr")).to_have_count(2)
        expect(page.locator("#items .only")).to_have_text([TITLES[0]])
        page.get_by_role("button", name="Show more").click()
        expect(page.locator(".only")).to_have_count(0)
        assert overflow(page) == 0
