"""A tired hand at the desk: the session ended, the line was cut, the browser's own key led back. No word is lost."""

from __future__ import annotations

from typing import Any

import pytest

from edms.words import say
from tests.web.test_kit_gallery import CHROMIUM

playwright = pytest.importorskip("playwright.sync_api")
pytest_plugins = ["tests.web.desk_site", "tests.web.desk_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: the pages were not looked at in a browser"),
]
WORDS = "დაავალეთ სამსახურს და მაცნობეთ"


def _to_resolve(page: Any) -> str:
    page.goto(page.get_attribute("#to-resolve .line-number", "href"))
    page.keyboard.press("1")
    return str(page.url)


def _signed_in_again(page: Any, desk: Any, name: str) -> None:
    page.fill("[name=login]", getattr(desk.cast, name).official.login)
    page.fill("[name=password]", desk.password)
    page.click("main button")
    page.wait_for_url(lambda address: "sign-in" not in address)


def test_a_session_that_ended_says_that_nothing_was_kept_and_loses_no_word(desk: Any, come_in: Any) -> None:
    page = come_in("mayor")
    where = _to_resolve(page)
    page.context.clear_cookies(name="session")
    page.fill("#resolve [name=text]", WORDS)
    page.wait_for_selector("#resolve edms-autosave.failed")
    page.click("#resolve .form-foot button >> nth=0")
    page.wait_for_url("**/sign-in**")
    assert say("ka", "web.kept.not_sent") in page.inner_text("main")
    _signed_in_again(page, desk, "mayor")
    page.goto(where)
    assert page.input_value("#resolve [name=text]") == WORDS


def test_a_line_that_was_cut_while_sending_loses_no_word(desk: Any, come_in: Any) -> None:
    page = come_in("mayor")
    where = _to_resolve(page)
    page.context.set_offline(True)
    page.fill("#resolve [name=text]", WORDS)
    page.click("#resolve .form-foot button >> nth=0")
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    page.go_back()
    page.wait_for_url(where)
    assert page.input_value("#resolve [name=text]") == WORDS


def test_what_was_sent_does_not_come_back(desk: Any, come_in: Any) -> None:
    page = come_in("mayor")
    where = _to_resolve(page)
    page.fill("#resolve [name=text]", WORDS)
    with page.expect_navigation():
        page.click("#resolve .form-foot button >> nth=0")
    assert "?done=resolution-" in page.url
    page.goto(where)
    text = page.locator("#resolve [name=text]")
    assert not text.count() or text.input_value() == ""


@pytest.mark.parametrize("page_", ["calendar", "services", "tokens"])
def test_the_tab_one_is_on_is_in_sight_on_a_phone(desk: Any, come_in: Any, page_: str) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    desk.as_("administrator")
    page = come_in("administrator", **phone)
    page.goto(f"/house/{page_}/")
    tab = page.locator(".tabs [aria-current]").bounding_box()
    assert tab is not None
    assert tab["x"] >= 0 and tab["x"] + tab["width"] <= 390
