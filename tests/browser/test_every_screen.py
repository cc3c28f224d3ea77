"""Every screen of the product in a browser: axe finds nothing, nothing scrolls sideways, nothing is asked outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from tests.browser.conftest import sign_in
from tests.browser.places import Screen, screens
from tests.browser.town import AXE, Running
from tests.thoroughness import some

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def by_person(site: Running) -> list[tuple[str | None, list[Screen]]]:
    found = sorted(screens(site.house), key=lambda screen: screen.login or "")
    return [(login, list(rows)) for login, rows in groupby(found, key=lambda screen: screen.login)]


def opened(page: Any, path: str, password: str) -> int:
    """The status of the page, the password given again where it is asked for."""
    status = page.goto(path).status
    if "/account/step-up" in page.url:
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "step-up" not in url)
        status = page.goto(path).status
    return int(status)


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not fetched (npm ci in assets/): no accessibility check was made"
)
@pytest.mark.parametrize(("first", "width", "look"), [(0, 1440, "light"), (1, 390, "dark")])
def test_axe_finds_nothing(chromium: Any, site: Running, first: int, width: int, look: str) -> None:
    """Every screen one way or the other; with `make test-fuzz` both ways."""
    wrong = []
    for login, rows in by_person(site):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, base_url=site.address, bypass_csp=True, locale="ka"
        )
        context.add_cookies([{"name": "look", "value": look, "url": site.address}])
        page = context.new_page()
        if login:
            sign_in(page, login, site.password)
        for screen in some(rows[first::2], rows):
            opened(page, screen.path, site.password)
            # A foot that stays lies over whatever field stands there by chance; by key a field comes above it.
            page.add_style_tag(content=".form-foot.stays { position: static !important }")
            page.add_script_tag(path=str(AXE))
            result = page.evaluate(f"axe.run(document, {{runOnly: {{type: 'tag', values: {json.dumps(AXE_RULES)}}}}})")
            wrong += [(screen.name, v["id"], [n["html"][:160] for n in v["nodes"]][:3]) for v in result["violations"]]
        context.close()
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("lang", ["ka", "hy"])
def test_no_screen_fails_or_scrolls_sideways(tab: Callable[..., Any], site: Running, lang: str) -> None:
    wrong = []
    for login, rows in by_person(site):
        page = tab(login, lang=lang)
        for screen in rows:
            status = opened(page, screen.path, site.password)
            if screen.name == "not-found":
                assert status == 404
                page.faults.clear()  # the browser calls a missing page an error
            elif status != 200:
                wrong.append((screen.name, status))
            for width in (360, 720, 1100, 1440):
                page.set_viewport_size({"width": width, "height": 800})
                over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                if over > 0:
                    wrong.append((screen.name, width, over))
    assert wrong == []
