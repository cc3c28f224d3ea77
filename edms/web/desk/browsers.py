"""What a browser says of itself, as a person would: "Firefox, Windows". Enough to recognise one's own; proves nothing."""

from __future__ import annotations

# The first that fits: browsers name their forebears too, so the younger stand before the older.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser", "Yandex"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
LONGEST = 40


def browser(agent: str | None) -> str:
    """Browser and system of a User-Agent line; its beginning where neither is known; empty without one."""
    if not agent:
        return ""
    found = [next((name for mark, name in names if mark in agent), None) for names in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in found if name) or agent[:LONGEST]
