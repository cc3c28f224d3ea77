"""The desk in a real browser: keys and touches counted, ten seconds of Undo, and axe on the pages people work in."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from edms.routing.models import Resolution, ResolutionState
from tests.web.test_kit_gallery import CHROMIUM

playwright = pytest.importorskip("playwright.sync_api")
pytest_plugins = ["tests.web.desk_site", "tests.web.desk_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: the pages were not looked at in a browser"),
]


def _made(desk: Any) -> list[Resolution]:
    with desk.house.transaction() as session:
        return list(session.scalars(select(Resolution).order_by(Resolution.resolution_id)))


def test_resolving_takes_three_keys_and_z_takes_it_back(desk: Any, come_in: Any) -> None:
    page = come_in("mayor")
    page.goto(page.get_attribute("#to-resolve .line-number", "href"))
    first = page.url
    page.keyboard.press("1")
    page.keyboard.press("2")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert "?done=resolution-" in page.url
    assert page.url.split("?")[0] != first
    assert len(_made(desk)) == 2
    with page.expect_navigation():
        page.keyboard.press("z")
    assert page.url == first
    assert _made(desk)[-1].state is ResolutionState.CANCELLED


def test_resolving_takes_three_touches_on_a_phone(desk: Any, come_in: Any) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = come_in("mayor", **phone)
    page.goto(page.get_attribute("#to-resolve .line-number", "href"))
    page.tap(".chip:has([name=who]) >> nth=0")
    page.tap(".chip:has([name=phrase]) >> nth=0")
    foot = page.locator("#resolve .form-foot button").first.bounding_box()
    assert foot is not None
    assert foot["height"] >= 48
    bar = page.locator(".places").bounding_box()
    assert bar is None or foot["y"] + foot["height"] <= bar["y"] + 1
    with page.expect_navigation():
        page.tap("#resolve .form-foot button >> nth=0")
    assert len(_made(desk)) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_text_is_kept_on_the_server_while_it_is_typed(desk: Any, come_in: Any) -> None:
    page = come_in("mayor")
    page.goto(page.get_attribute("#to-resolve .line-number", "href"))
    with page.expect_response("**/kept/*") as answer:
        page.fill("#resolve [name=text]", "დაუსრულებელი")
    assert answer.value.status == 204
    other = come_in("mayor")
    other.goto(page.url)
    assert other.input_value("#resolve [name=text]") == "დაუსრულებელი"


def test_a_line_of_the_desk_goes_to_the_case_file_by_one_key(desk: Any, come_in: Any) -> None:
    page = come_in("mayor")
    second = page.locator("#to-resolve .line").nth(1)
    kept = page.get_attribute("#to-resolve .line-number", "href")
    second.locator(".line-number").focus()
    page.keyboard.press("KeyF")
    page.wait_for_url("**/desk/?done=resolution-*")
    assert page.locator("#to-resolve .line").count() == 1
    assert page.get_attribute("#to-resolve .line-number", "href") == kept  # the line with the focus, not the first
    (_, made) = _made(desk)
    assert made.to_file
    page.keyboard.press("KeyZ")
    page.wait_for_url("**/letters/*")
    assert _made(desk)[1].state is ResolutionState.CANCELLED


def test_a_letter_handed_over_the_counter_is_registered_without_a_scan_in_fifteen_keys(desk: Any, come_in: Any) -> None:
    desk.as_("registrar")
    page = come_in("registrar")
    page.goto("/arrivals/")
    pressed: list[str] = []

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)
            pressed.append(key)

    def go_to(name: str) -> None:
        while page.evaluate("document.activeElement.name") != name:
            press("Tab")
            assert len(pressed) <= 15, (name, pressed)

    press("KeyP")
    page.wait_for_url("**/arrivals/new")
    press("Alt+KeyS")
    page.locator("[name=correspondent_text]:focus").wait_for()
    page.keyboard.type("ნათელა ბერიძე")
    go_to("correspondent_address")
    page.keyboard.type("წერეთლის ქუჩა 14")
    go_to("summary")
    page.keyboard.type("ქუჩის განათების შესახებ")
    go_to("sheets")
    page.keyboard.type("2")
    with page.expect_navigation():
        press("Control+Enter")
    assert page.locator(".number-drawn .number").first.inner_text().strip(), page.inner_text("main")
    print(f"a counter letter without a scan: {len(pressed)} keys {pressed}")
    assert len(pressed) <= 15
