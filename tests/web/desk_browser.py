"""The desk served to a real browser: the mayor has two letters that wait for him."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.serving import make_server

from edms import clock
from edms.registry.models import Document
from tests import letters
from tests.web.test_kit_gallery import CHROMIUM


@pytest.fixture
def address(desk: Any) -> Iterator[str]:
    """The desk served on a port of its own; the mayor has a password and two letters that wait."""
    desk.as_("mayor"), desk.as_("archivist")
    desk.given("executor")  # whom the mayor chose last
    with clock.at(clock.now() - timedelta(minutes=5)):
        for each in (desk.letter(summary="პირველი"), desk.letter(summary="მეორე")):
            desk.do(lambda s, o, each=each: letters.submitted(s, o, s.get_one(Document, each), o.mayor))
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def come_in(desk: Any, address: str, browser: Any) -> Callable[..., Any]:
    """Opens a page in a browser of somebody's own, after signing in."""

    def opened(name: str, **options: Any) -> Any:
        options = {"viewport": {"width": 1440, "height": 900}, **options}
        page = browser.new_context(base_url=address, **options).new_page()
        page.goto("/account/sign-in?lang=ka")
        page.fill("[name=login]", getattr(desk.cast, name).official.login)
        page.fill("[name=password]", desk.password)
        page.click("main button")
        page.wait_for_url(lambda where: "sign-in" not in where)
        return page

    return opened
