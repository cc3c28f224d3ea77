"""The colours of the design system: every pair in use is legible in every look (WCAG 2.2: 4.5:1 text, 3:1 parts)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLES = Path(__file__).parents[2] / "assets" / "styles"
STATIC = Path(__file__).parents[2] / "edms" / "web" / "static"

TEXT = [
    *((ink, ground) for ink in ("ink", "faint", "accent", "accent-deep") for ground in ("paper", "sheet", "wash")),
    *((state, ground) for state in ("calm", "near", "late", "stopped") for ground in ("paper", "sheet", "wash")),
    *((state, f"{state}-wash") for state in ("calm", "near", "late", "stopped")),
    *(("ink", f"{state}-wash") for state in ("calm", "near", "late", "stopped")),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-hit", "hit"),
    ("paper", "ink"),
    ("accent", "near-wash"),
]
PARTS = [("edge", "paper"), ("edge", "sheet"), ("accent", "paper"), ("late", "sheet"), ("accent", "line")]


def looks() -> dict[str, dict[str, str]]:
    """Each look's colours, its own over the light ones."""
    css = re.sub(r"/\*.*?\*/", "", (STYLES / "tokens.css").read_text(encoding="utf-8"), flags=re.S)
    found: dict[str, dict[str, str]] = {}
    for selector, body in re.findall(r"(:root(?::not\(\[data-theme\]\))?|\[data-theme=\"\w+\"\])\s*\{([^{}]*)\}", css):
        colours = dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", body))
        if colours:
            found[selector] = {**found.get(":root", {}), **colours}
    return found


def luminance(colour: str) -> float:
    """Relative luminance of a #rrggbb colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_there_are_four_looks() -> None:
    assert set(looks()) == {":root", ":root:not([data-theme])", '[data-theme="dark"]', '[data-theme="contrast"]'}


def test_dark_by_choice_is_dark_by_device() -> None:
    assert looks()[":root:not([data-theme])"] == looks()['[data-theme="dark"]']


@pytest.mark.parametrize("look", looks())
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (PARTS, 3.0)], ids=["text", "parts"])
def test_every_pair_is_legible(look: str, pairs: list[tuple[str, str]], least: float) -> None:
    colours = looks()[look]
    faint = {
        f"{one} on {other}: {ratio(colours[one], colours[other]):.2f}"
        for one, other in pairs
        if ratio(colours[one], colours[other]) < least
    }
    # High contrast draws its lines in ink; there the bar of a progress is told by its length alone.
    assert {
        pair for pair in faint if not (look.startswith('[data-theme="contrast') and "accent on line" in pair)
    } == set()


def test_the_high_contrast_look_reaches_seven() -> None:
    colours = looks()['[data-theme="contrast"]']
    assert (
        min(
            ratio(colours[ink], colours["paper"])
            for ink in ("ink", "faint", "accent", "calm", "near", "late", "stopped")
        )
        >= 7
    )


def test_no_text_is_set_in_capitals_and_nothing_is_fetched_outside() -> None:
    css = (STATIC / "app.css").read_text(encoding="utf-8")
    assert "uppercase" not in css
    assert not re.search(r"url\(\s*[\"']?(https?:)?//", css)
    assert "box-shadow:0 " not in css.replace("inset", "")


def test_styles_and_script_stay_small() -> None:
    assert (STATIC / "app.css").stat().st_size <= 40_000
    assert (STATIC / "app.js").stat().st_size <= 80_000


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    templates = Path(__file__).parents[2] / "edms" / "web" / "templates"
    named = {
        name
        for page in templates.rglob("*.html")
        for name in re.findall(r'icon\("([a-z0-9-]+)"', page.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= sprite
