"""The contact sheet of every screen: `make screens` writes pictures (screens × languages × widths × light and dark) and
one page that shows them side by side, in build/screens. Arguments name the screens to take; none takes all.
"""

from __future__ import annotations

import sys
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.conftest import sign_in
from tests.browser.places import Screen, screens
from tests.browser.test_every_screen import opened
from tests.browser.town import CHROMIUM, SWITCHES, Running, settled, town

OUT = Path(__file__).parents[2] / "build" / "screens"
LANGS = ("ka", "hy", "en")
WIDTHS = ((1440, 900), (390, 844))
LOOKS = ("light", "dark")


def shoot(site: Running, browser: Any, wanted: list[Screen]) -> list[str]:
    """Take the pictures; what a browser complained of."""
    said: list[str] = []
    for lang in LANGS:
        for width, height in WIDTHS:
            for look in LOOKS:
                for login, rows in groupby(wanted, key=lambda screen: screen.login):
                    phone = {"has_touch": True, "is_mobile": True} if width < 500 else {}
                    context = browser.new_context(
                        viewport={"width": width, "height": height}, base_url=site.address, locale=lang, **phone
                    )
                    cookies = [{"name": name, "value": value, "url": site.address} for name, value in (("look", look), ("lang", lang))]  # fmt: skip
                    context.add_cookies(cookies)
                    page = context.new_page()
                    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
                    if login:
                        sign_in(page, login, site.password)
                        context.add_cookies(cookies)
                    for screen in rows:
                        opened(page, screen.path, site.password)
                        page.wait_for_load_state("networkidle")
                        page.screenshot(path=OUT / f"{screen.name}-{lang}-{width}-{look}.png")
                    context.close()
    return said


def sheet(names: list[str]) -> None:
    """One page with all pictures, a row a screen."""
    rows = []
    for name in names:
        pictures = sorted(OUT.glob(f"{name}-??-*.png"))
        cells = "".join(
            f'<figure><img src="{p.name}" alt="" loading="lazy"><figcaption>{escape(p.stem.removeprefix(name + "-"))}</figcaption></figure>'
            for p in pictures
        )
        rows.append(f"<h2>{escape(name)}</h2><div>{cells}</div>")
    style = "body{font:14px sans-serif;background:#888}div{display:flex;flex-wrap:wrap;gap:12px}img{height:380px}figure{margin:0}"
    page = f'<!doctype html><meta charset="utf-8"><title>edms</title><style>{style}</style>{"".join(rows)}'
    (OUT / "index.html").write_text(page, encoding="utf-8")


def main(names: list[str]) -> None:
    """Found the town, take the pictures, write the page."""
    if not CHROMIUM.exists():
        sys.exit("screens: Chromium is needed (package chromium)")
    OUT.mkdir(parents=True, exist_ok=True)
    with town() as site, sync_playwright() as play:
        settled(site.house)
        wanted = [screen for screen in screens(site.house) if not names or screen.name in names]
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        said = shoot(site, browser, wanted)
        browser.close()
        sheet([screen.name for screen in wanted])
    print(f"{len(wanted) * len(LANGS) * len(WIDTHS) * len(LOOKS)} pictures in {OUT}")
    for complaint in sorted(set(said)):
        print("the browser said:", complaint)


if __name__ == "__main__":
    main(sys.argv[1:])
