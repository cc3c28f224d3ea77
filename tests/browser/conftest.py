"""A real browser before the running town. Without Chromium every test here says so and is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.town import CHROMIUM, SWITCHES, Running, town

playwright = pytest.importorskip("playwright.sync_api")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(400))
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason="no Chromium here: the product was not looked at in a browser"))


@pytest.fixture(scope="session")
def site() -> Iterator[Running]:
    """The town, running."""
    with town() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(site: Running) -> Iterator[Any]:
    """The browser, of one module: its event loop would stand in the way of others. The town is founded before it."""
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Any, site: Running) -> Iterator[Callable[..., Any]]:
    """Opens tabs, each with its own person: what the policy refused, a script's error or an outside request fails."""
    faults: list[str] = []
    contexts: list[Any] = []

    def opened(
        login: str | None = None, *, width: int = 1440, lang: str = "ka", look: str = "light", **more: Any
    ) -> Any:
        phone = {"has_touch": True, "is_mobile": True} if width < 500 else {}
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 900}, base_url=site.address, locale=lang,
            **{**phone, **more},
        )  # fmt: skip
        contexts.append(context)
        context.add_cookies([{"name": "look", "value": look, "url": site.address}])
        page = context.new_page()
        page.on("console", lambda m: faults.append(f"{page.url}: {m.text}") if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        inside = (site.address, "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(inside) else faults.append(r.url))
        page.faults = faults
        if login:
            sign_in(page, login, site.password)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def sign_in(page: Any, login: str, password: str) -> None:
    """As a person does it."""
    page.goto("/account/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("main button[type=submit], main form button")
    page.wait_for_url(lambda url: "sign-in" not in url)
