"""The gallery in a real browser: axe finds nothing, the policy is never broken, and the elements do what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.thoroughness import some
from tests.web.gallery import PAGES, served
from tests.web.test_kit_tokens import luminance

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "assets" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS, WIDTHS = ("light", "dark", "contrast"), (1440, 390)
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: the pages were not looked at in a browser"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served() as where:
        yield where


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Any, address: str) -> Iterator[Any]:
    """A strict tab: anything the policy refused, any script error and any outside request fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=address)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else faults.append(r.url))
    yield page
    context.close()
    assert faults == []


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not fetched (npm ci in assets/): no accessibility check was made"
)
@pytest.mark.parametrize(
    ("look", "width"), some([("light", 390), ("dark", 1440), ("contrast", 390)], [*product(LOOKS, WIDTHS)])
)
def test_axe_finds_nothing(chromium: Any, address: str, look: str, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=address, bypass_csp=True)
    context.add_cookies([{"name": "look", "value": look, "url": address}])
    page = context.new_page()
    found = []
    for name in (*PAGES, "register?failed=1", "desk?empty=1", "nowhere"):
        page.goto(f"/{name}{'&' if '?' in name else '?'}lang=ka")
        page.add_script_tag(path=str(AXE))
        rules = json.dumps(AXE_RULES)
        result = page.evaluate(f"axe.run(document, {{runOnly: {{type: 'tag', values: {rules}}}}})")
        found += [(name, v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in result["violations"]]
    context.close()
    assert found == []


@pytest.mark.parametrize("lang", ["ka", "hy", "en", "ru"])
@pytest.mark.parametrize("width", [360, 720, 1100, 1440])
def test_no_page_scrolls_sideways(tab: Any, lang: str, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 800})
    for name in PAGES:
        tab.goto(f"/{name}?lang={lang}")
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_lines_are_walked_and_marked_by_keys(tab: Any) -> None:
    tab.goto("/desk?lang=en")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    # The first list has one line and its own keys; the second is reached by focus.
    second = tab.locator("edms-lines").nth(1)
    second.locator(".line-number").first.focus()
    tab.keyboard.press("j")
    assert tab.evaluate("document.activeElement.textContent") == "12-05/409"
    tab.keyboard.press("k")
    tab.keyboard.press("x")
    bar = second.locator(".marked-bar")
    assert bar.is_visible()
    assert "Marked: 1" in bar.inner_text()
    tab.keyboard.press("x")
    assert not bar.is_visible()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/letter")


def test_rows_of_clerks_are_36_pixels(tab: Any) -> None:
    """Where there is room for their words on one line; on narrower desks words get a second one."""
    tab.set_viewport_size({"width": 1600, "height": 900})
    tab.goto("/desk?lang=en")
    heights = tab.eval_on_selector_all(".line", "rows => rows.map(r => Math.round(r.getBoundingClientRect().height))")
    assert set(heights) == {36}


def test_targets_of_thumbs_are_48_pixels(chromium: Any, address: str) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, base_url=address
    )
    page = context.new_page()
    page.goto("/letter?lang=ka")
    sizes = page.eval_on_selector_all(
        ".main .button:not(.square), .place",
        "all => all.map(b => b.getBoundingClientRect()).filter(b => b.height).map(b => b.height)",
    )
    context.close()
    assert sizes
    assert min(sizes) >= 48


def test_hotkeys_hold_in_a_georgian_layout(tab: Any) -> None:
    tab.goto("/desk?lang=ka")
    georgian = "new KeyboardEvent('keydown', {code: 'KeyR', key: 'რ', bubbles: true, cancelable: true})"
    tab.evaluate(f"document.body.dispatchEvent({georgian})")
    tab.wait_for_url("**/register")


def test_two_keys_one_after_the_other_go_to_a_place(tab: Any) -> None:
    tab.goto("/desk?lang=en")
    tab.keyboard.press("g")
    tab.keyboard.press("c")
    tab.wait_for_url("**/letter")


def test_question_mark_shows_the_keys_of_this_screen_and_single_keys_can_rest(tab: Any) -> None:
    tab.goto("/desk?lang=en")
    tab.keyboard.press("Shift+Slash")
    keys = tab.locator("#keys")
    assert keys.is_visible()
    said = keys.inner_text()
    assert "New letter" in said
    assert "Mark the line" in said
    keys.locator("[data-single-keys]").uncheck()
    tab.keyboard.press("Escape")
    tab.keyboard.press("r")
    tab.wait_for_timeout(150)
    assert tab.url.endswith("/desk?lang=en")


def test_slash_searches_from_anywhere_but_not_while_typing(tab: Any) -> None:
    tab.goto("/register?lang=en")
    tab.locator("#f-their_number").focus()
    tab.keyboard.type("04/r")
    assert tab.locator("#f-their_number").input_value() == "04/r"
    tab.locator("body").click(position={"x": 500, "y": 880})
    tab.keyboard.press("Slash")
    assert tab.evaluate("document.activeElement.id") == "search-anywhere"


def test_the_combobox_finds_by_two_letters_of_any_script(tab: Any) -> None:
    tab.goto("/register?lang=ka")
    field = tab.locator("#f-sender")
    field.focus()
    tab.keyboard.insert_text("ან")
    option = tab.locator('[role="option"]').first
    option.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    tab.keyboard.press("Enter")
    assert field.input_value() == "ანა ლომიძე"
    assert tab.locator('input[type="hidden"][name="sender"]').input_value() == "7"
    assert tab.url.endswith("/register?lang=ka")
    field.fill("Գոհ")
    tab.locator('[role="option"]').first.wait_for()
    tab.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    assert field.input_value() == "Գոհ"


def test_the_combobox_keeps_several_in_order(tab: Any) -> None:
    tab.goto("/register?lang=ka")
    tab.locator("#f-to").focus()
    tab.keyboard.insert_text("Gi")
    tab.locator('[role="option"]').first.wait_for()
    tab.keyboard.press("Enter")
    values = "all => all.map(e => e.value)"
    assert tab.eval_on_selector_all('input[name="to"]', values) == ["7", "12"]
    tab.keyboard.press("Backspace")
    assert tab.eval_on_selector_all('input[name="to"]', values) == ["7"]


def test_a_guess_is_taken_only_by_its_own_key(tab: Any) -> None:
    tab.goto("/register?lang=ka")
    field = tab.locator("#f-their_number")
    field.focus()
    assert field.get_attribute("placeholder") == "№ 118/04"
    assert tab.locator("rect.source").count() == 1
    tab.keyboard.press("Tab")
    assert field.input_value() == ""
    assert tab.evaluate("document.activeElement.dataset.take") is not None
    field.focus()
    tab.keyboard.press("F2")
    assert field.input_value() == "№ 118/04"
    tab.keyboard.press("Escape")
    assert field.input_value() == ""
    assert field.get_attribute("placeholder") == ""


def test_the_page_zooms_and_turns_without_losing_the_field(tab: Any) -> None:
    tab.goto("/register?lang=ka")
    tab.locator("#f-summary").focus()
    wide = "document.querySelector('.page').getBoundingClientRect().width"
    before = tab.evaluate(wide)
    tab.keyboard.press("Alt+Equal")
    assert tab.evaluate(wide) > before
    tab.keyboard.press("Alt+0")
    tab.keyboard.press("Alt+r")
    box = tab.locator(".page").first.bounding_box()
    assert box["width"] > box["height"]
    assert tab.evaluate("document.activeElement.id") == "f-summary"


def test_dates_are_shown_whole_when_the_field_is_left(tab: Any) -> None:
    tab.goto("/register?lang=ka")
    field = tab.locator("#f-their_on")
    field.fill("5.3.26")
    tab.keyboard.press("Tab")
    assert field.input_value() == "05.03.2026"


def test_uploads_show_a_bar_each_and_their_end(tab: Any) -> None:
    tab.goto("/parts?lang=en")
    files = [{"name": f"წერილი {n}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF" * 50_000} for n in range(3)]
    tab.set_input_files('input[type="file"]', files)
    tab.locator(".upload.done").nth(2).wait_for()
    assert tab.locator(".upload.done a").first.inner_text() == "წერილი 0.pdf"


def test_typed_text_comes_back_after_leaving(tab: Any) -> None:
    tab.goto("/register?lang=ka")
    tab.locator("#f-summary").fill("ნახევარი წინადადება")
    tab.goto("/desk?lang=hy")
    tab.goto("/register?lang=hy")
    assert tab.locator("#f-summary").input_value() == "ნახევარი წინადადება"


def test_a_dialog_opens_over_the_page_and_esc_closes_it(tab: Any) -> None:
    tab.goto("/letter?lang=en")
    tab.locator("details.menu summary").click()
    tab.locator('[data-dialog="void"]').click()
    assert tab.locator("dialog#void").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.locator("dialog#void").is_visible()


def test_the_look_changes_at_once_and_stays(tab: Any) -> None:
    tab.goto("/desk?lang=en")
    with tab.expect_response("**/look"):
        tab.locator('edms-look button[value="dark"]').click()
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    tab.goto("/letter")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_summary_of_errors_takes_the_focus_and_leads_to_the_field(tab: Any) -> None:
    tab.goto("/register?failed=1&lang=ka")
    assert "summary-of-errors" in tab.evaluate("document.activeElement.className")
    tab.locator(".summary-of-errors a").nth(1).click()
    assert tab.evaluate("document.activeElement.id") == "f-summary"


def test_undo_leaves_by_itself_unless_one_stands_on_it(tab: Any) -> None:
    tab.clock.install()
    tab.goto("/desk?lang=en")
    tab.locator("edms-undo button").focus()
    tab.clock.run_for(4_000)
    assert "6" in tab.locator("edms-undo [data-seconds-left]").inner_text()  # the house's clock does not stand still
    tab.clock.run_for(11_000)
    assert "0" in tab.locator("edms-undo [data-seconds-left]").inner_text()
    tab.locator("#main").focus()
    tab.clock.run_for(11_000)
    assert tab.locator("edms-undo").count() == 0


def test_an_error_of_a_part_is_said_on_the_page_that_stays(chromium: Any, address: str) -> None:
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    page.goto("/parts?lang=en")
    page.locator("[hx-get='/fail/conflict']").click()
    page.locator("#page-note .note").wait_for()
    assert "Somebody was here first" in page.locator("#page-note").inner_text()
    assert page.locator("h1").inner_text() == "Registers"
    page.locator("#page-note [data-close]").click()
    assert page.locator("#page-note .note").count() == 0
    context.close()


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not fetched (npm ci in assets/): no accessibility check was made"
)
def test_axe_would_find_something(chromium: Any, address: str) -> None:
    context = chromium.new_context(base_url=address, bypass_csp=True)
    page = context.new_page()
    page.goto("/parts?lang=en")
    page.evaluate("document.querySelector('#main').insertAdjacentHTML('beforeend', '<img src=/page/1.svg><input>')")
    page.add_script_tag(path=str(AXE))
    found = {violation["id"] for violation in page.evaluate("axe.run()")["violations"]}
    context.close()
    assert {"image-alt", "label"} <= found


def test_without_script_everything_is_there(chromium: Any, address: str) -> None:
    context = chromium.new_context(java_script_enabled=False, base_url=address)
    page = context.new_page()
    page.goto("/desk?lang=en")
    assert page.locator(".marked-bar").is_visible()
    page.goto("/register?lang=en")
    assert page.locator("#f-sender").is_visible()
    assert page.locator(".page img").first.is_visible()
    assert "№ 118/04" in page.locator(".guess").first.inner_text()
    page.goto("/parts?lang=en")
    assert page.locator("select#f-executor").is_visible()
    page.locator('button[value="dark"]').click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto("/letter?lang=en")
    page.locator("details.menu summary").click()
    assert page.locator(".menu-list").is_visible()
    context.close()


@pytest.mark.parametrize("look", ["dark", "contrast", "system"])
def test_paper_is_never_dark(chromium: Any, address: str, look: str) -> None:
    context = chromium.new_context(base_url=address, color_scheme="dark")
    context.add_cookies([{"name": "look", "value": look, "url": address}])
    page = context.new_page()
    page.goto("/desk")
    page.emulate_media(media="print", color_scheme="dark")
    tokens = "(names) => names.map((name) => getComputedStyle(document.documentElement).getPropertyValue(name))"
    washes = page.evaluate(tokens, ["--sheet", "--near-wash", "--late-wash", "--calm-wash", "--wash"])
    assert not page.locator(".button:visible, .tabs:visible, .rail:visible").count()
    context.close()
    assert [luminance(wash.strip()) > 0.7 for wash in washes] == [True] * 5, washes
