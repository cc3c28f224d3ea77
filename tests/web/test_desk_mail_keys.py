"""The mail of a day in a real browser: every key counted but those of the hand scanner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from edms.registry.models import Dispatch
from edms.registry.words import Channel, DispatchState
from tests.web.test_desk_going_out import s10, signed
from tests.web.test_kit_gallery import CHROMIUM

pytest.importorskip("playwright.sync_api")
pytest_plugins = ["tests.web.desk_site", "tests.web.desk_browser"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: the pages were not looked at in a browser"),
]
BOUND = 20
LETTERS = 6  # as the test of the pages shows with fifty, the height of the pile costs no key


def test_the_mail_of_a_day_costs_few_keys_beyond_the_scans(desk: Any, come_in: Callable[..., Any]) -> None:
    desk.as_("registrar")
    desk.do(
        lambda s, o: [signed(desk, s, o, correspondent_address="ქ. 1", channel=Channel.POST) for _ in range(LETTERS)]
    )
    page = come_in("registrar")
    pressed = []

    def press(key: str) -> None:
        pressed.append(key)
        with page.expect_navigation():
            page.keyboard.press(key)

    press("d")  # signed, not sent yet: all marked
    press("Control+Enter")
    press("m")  # the mail of the day, the cursor in the scanner's field
    for n in range(LETTERS):
        assert page.evaluate("document.activeElement.id") == "f-code"
        page.keyboard.type(s10(n))
        with page.expect_navigation():
            page.keyboard.press("Enter")  # the scanner's own
    press("Control+Enter")  # handed over
    assert page.locator("[data-key='Alt+KeyP']").get_attribute("href").endswith(".pdf")
    pressed.append("Alt+P")
    print(f"mail of a day: {len(pressed)} keys beyond the scans")
    assert len(pressed) <= BOUND
    with desk.house.transaction() as session:
        rows = list(session.scalars(select(Dispatch).order_by(Dispatch.dispatch_id)))
    assert [(row.proof, row.state) for row in rows] == [(s10(n), DispatchState.SENT) for n in range(LETTERS)]
