"""Keys, touches and fields of the common cases, counted where people work: docs/usability.md tells the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from edms.capture.models import Suggestion
from edms.overview.desk import CAP
from edms.registry.models import Arrival, Content
from edms.registry.words import ArrivalState
from tests.browser.town import Running, settled


class Keys:
    """A keyboard that counts."""

    def __init__(self, page: Any) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def guessed_arrival(site: Running) -> int:
    """An arrival of whose card sender and summary are guessed."""
    settled(site.house)
    with site.house.transaction() as session:
        found = (
            select(Arrival.arrival_id)
            .join(Content, Content.content_id == Arrival.content_id)
            .where(Arrival.state == ArrivalState.WAITING)
            .where(
                select(Suggestion)
                .where(Suggestion.content_id == Content.content_id, Suggestion.field == "correspondent_name")
                .exists()
            )
            .where(
                select(Suggestion)
                .where(Suggestion.content_id == Content.content_id, Suggestion.field == "summary")
                .exists()
            )
        )
        return session.scalars(found.order_by(Arrival.arrival_id)).first() or 0


def test_a_guessed_letter_is_registered_in_twelve_keys(tab: Callable[..., Any], site: Running) -> None:
    page = tab("nino")
    page.goto(f"/arrivals/{guessed_arrival(site)}")
    keys = Keys(page)
    keys.press("Alt+KeyS", "F2")
    assert page.input_value("[name=correspondent_text]")
    while page.evaluate("document.activeElement.name") != "summary":
        keys.press("Tab")
        assert keys.pressed < 12
    keys.press("F2")
    with page.expect_navigation():
        keys.press("Control+Enter")
    drawn = page.locator(".number-drawn .number").first.inner_text().strip()
    assert drawn
    print(f"registering a guessed letter: {keys.pressed} keys")
    assert keys.pressed <= 12
    with page.expect_navigation():
        page.keyboard.press("Alt+KeyO")
    assert drawn in page.locator("h1").first.inner_text()


def test_a_letter_is_tracked_with_two_fields(tab: Callable[..., Any], site: Running) -> None:
    page = tab(None)
    page.goto("/track")
    fields = page.locator("main input:not([type=hidden])").count()
    print(f"tracking: {fields} fields")
    assert fields == 2


def test_a_pile_is_signed_in_four_touches_on_a_phone(tab: Callable[..., Any], site: Running) -> None:
    page = tab("davit", width=390)
    touches = 0
    page.goto("/desk/")
    waiting = page.locator("a[href='/sign/']").first
    with page.expect_navigation():
        waiting.tap()
    touches += 1
    if "step-up" in page.url:
        page.wait_for_function("document.activeElement.name === 'password'")  # the field has the focus by itself
        page.keyboard.type(site.password)
        page.locator("main button").first.tap()
        touches += 1
        page.wait_for_url(lambda url: "step-up" not in url)
    marked = page.locator("[name=marked]:checked").count()
    assert 1 < marked <= CAP
    page.locator("[name=pin]").tap()
    touches += 1
    page.keyboard.type(site.pin)
    with page.expect_navigation(timeout=120_000):
        page.locator(".thumb-foot button, .form-foot button").first.tap()
    touches += 1
    print(f"signing a pile of {marked}: {touches} touches")
    assert touches <= 4
    assert page.locator(".state.late").count() == 0


def test_language_switch_keeps_place_and_typed_text(tab: Callable[..., Any], site: Running) -> None:
    page = tab("nino")
    page.goto("/arrivals/new")
    page.fill("[name=summary]", "ნახევრად აკრეფილი")
    page.locator("button[name=lang][value=en], [name=lang][value=en], a[href*='lang=en']").first.click()
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.url.split("?")[0].endswith("/arrivals/new")
    assert page.input_value("[name=summary]") == "ნახევრად აკრეფილი"


NAUGHTY = [
    "<script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=\'owned\'">',
    "{{ 7*7 }} ${7*7} <svg/onload=document.title='owned'>",
    "'; DROP TABLE document; --",
    '=HYPERLINK("http://127.0.0.1")',
    "‮right-to-left‬ \u200b zero 💥 Ａ ＜b＞",
]


def test_hostile_text_in_the_fields_of_a_card_stays_text(tab: Callable[..., Any], site: Running) -> None:
    page = tab("nino")
    for text in NAUGHTY:
        page.goto("/arrivals/new")
        page.fill("[name=summary]", text)
        page.fill("[name=correspondent_text]", text)
        page.fill("[name=their_number]", text[:60])
        with page.expect_navigation():
            page.keyboard.press("Control+Enter")
        assert page.locator(".number-drawn").count() == 1, page.locator("main").inner_text()[:600]
        with page.expect_navigation():
            page.keyboard.press("Alt+KeyO")
        assert "owned" not in page.title()
        page.goto("/desk/")
        assert "owned" not in page.title()
    page.goto("/search/?q=onerror")
    assert page.locator(".line").count() > 0
    assert "owned" not in page.title()


def test_a_letter_is_registered_and_resolved_without_script(tab: Callable[..., Any], site: Running) -> None:
    clerk = tab("nino", java_script_enabled=False)
    clerk.goto("/arrivals/new")
    clerk.fill("[name=summary]", "უსკრიპტო წერილი")
    clerk.fill("[name=correspondent_text]", "ანა უსკრიპტო")
    clerk.click("#card button[type=submit], #card .form-foot button")
    assert clerk.locator(".number-drawn").count() == 1
    clerk.click("a[href^='/letters/']:has-text('გახსნა')")
    address = clerk.url
    clerk.goto(f"{address}/submit")
    clerk.select_option("[name=official]", index=1)
    clerk.click("main form button")
    assert clerk.url.split("?")[0].endswith(address.rsplit("/", 1)[1])
