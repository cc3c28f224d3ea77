"""Which language and time zone this page speaks, and the words, dates and numbers of templates.

Asked in this order: the address (?lang=), this browser's cookie, the reader's own choice, the browser's list. A program
keeps no cookies: its own list of languages comes first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Protocol
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request
from markupsafe import Markup, escape

from edms import clock, words
from edms.errors import EdmsError
from edms.web.kit.look import back

COOKIE = "lang"
_YEAR = 31_536_000


class _Speaks(Protocol):
    @property
    def language(self) -> str | None: ...
    @property
    def zone(self) -> str | None: ...


def install(
    app: Flask, *, reader: Callable[[], _Speaks | None], default: str, default_zone: Callable[[], str], secure: bool
) -> None:
    """Choose the language of each request; remember one chosen in the address."""

    def choose() -> None:
        g.language = _chosen(lambda: who.language if (who := reader()) else None, default)

    def remember(response: Response) -> Response:
        if request.args.get(COOKIE) in words.LANGS:
            response.set_cookie(
                COOKIE, request.args[COOKIE], max_age=_YEAR, secure=secure, httponly=True, samesite="Lax"
            )
        if not response.headers.get("Content-Language") and response.mimetype == "text/html":
            response.headers["Content-Language"] = language()
        return response

    app.before_request(choose)
    app.after_request(remember)
    app.extensions["edms_zone"] = lambda: (who.zone if (who := reader()) else None) or g.get("zone") or default_zone()
    app.jinja_env.globals.update(t=t, language=language, here_in=here_in, today=today)
    app.jinja_env.filters.update(
        date=lambda day: words.date(language(), _civil(day)) if day else "",
        near_date=lambda day: words.date(language(), _civil(day), today=today()) if day else "",
        long_date=lambda day: words.long_date(language(), _civil(day)) if day else "",
        datetime=lambda instant: words.datetime(language(), instant, zone()) if instant else "",
        age=lambda instant: words.age(language(), instant),
        number=lambda n: words.number(language(), n),
        money=lambda amount, currency: words.money(language(), amount, currency),
        percent=lambda share: words.percent(language(), share),
        size=lambda octets: words.size(language(), octets),
        list_of=lambda items: words.list_of(language(), items),
        in_order=in_order,
        initials=words.initials,
        key_name=key_name,
    )


def _chosen(own: Callable[[], str | None], default: str) -> str:
    for wanted in (request.args.get(COOKIE), request.cookies.get(COOKIE)):
        if wanted in words.LANGS:
            return str(wanted)
    g.language = default  # an error while asking who reads must find a language to be told in
    listed = (tag.split("-")[0].lower() for tag in request.accept_languages.values())
    asked = next((tag for tag in listed if tag in words.LANGS), None)
    if request.path.startswith("/api/"):
        return asked or default  # until the token says whose program it is: see `session.program`
    return own() or asked or default


def language() -> str:
    """The language of this page."""
    chosen: str = g.get("language", "ka")
    return chosen


def speak(lang: str) -> None:
    """From here on the page is in this language, if it is one of ours."""
    if lang in words.LANGS:
        g.language = lang


def speak_of(zone_name: str) -> None:
    """What a stranger reads on this page happened in that zone: of the town whose letter or paper it is about."""
    g.zone = zone_name


def zone() -> str:
    """The reader's time zone; for strangers that of the town that the page is about, or of the house."""
    found: str = current_app.extensions["edms_zone"]()
    return found


def explained(error: EdmsError) -> words.Problem:
    """The error as the reader is told it."""
    return words.explain(language(), error, zone=zone())


def today() -> dt.date:
    """The civil day of the reader."""
    return clock.today(zone())


def _civil(day: dt.date) -> dt.date:
    """The day itself; of an instant its day where the reader is."""
    return clock.day_of(day, zone()) if isinstance(day, dt.datetime) else day


def t(message_id: str, /, **values: object) -> str:
    """The message in the page's language. Values that are Markup (links, numbers) stay markup, the rest is escaped; days
    and instants are written as people say them where the reader is."""
    values = {name: words.civil(language(), value, zone) for name, value in values.items()}
    if not any(isinstance(value, Markup) for value in values.values()):
        return words.say(language(), message_id, **values)
    marks = {name: f"\x02{name}\x03" for name in values if name != "n"}
    text = str(escape(words.say(language(), message_id, **({"n": values["n"]} if "n" in values else {}), **marks)))
    for name, mark in marks.items():
        text = text.replace(mark, str(escape(values[name])))
    return Markup(text)  # noqa: S704 - every part was escaped above


def here_in(lang: str) -> str:
    """The address of this page in another language. A page that answered a form leads back to where it stood."""
    if request.method not in ("GET", "HEAD"):
        address = back(request.path)
        return f"{address}{'&' if '?' in address else '?'}{COOKIE}={lang}"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != COOKIE]
    return f"{request.path}?{urlencode([*kept, (COOKIE, lang)])}"


def in_order(items: Iterable[str]) -> list[str]:
    """Names in the order of the page's alphabet."""
    return sorted(items, key=lambda name: words.sort_key(language(), name))


_CAPS = {
    "Slash": "/",
    "Escape": "Esc",
    "Equal": "+",
    "Minus": "−",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "PageUp": "PgUp",
    "PageDown": "PgDn",
    "BracketLeft": "[",
    "BracketRight": "]",
}


def key_name(keys: str) -> str:
    """What stands on the caps: "Ctrl+Enter", "Alt+KeyP" → "Alt+P", "KeyG KeyD" → "G D"."""
    return " ".join(
        "+".join(_CAPS.get(part, part.removeprefix("Key").removeprefix("Digit")) for part in chord.split("+"))
        for chord in keys.split(" ")
    )
