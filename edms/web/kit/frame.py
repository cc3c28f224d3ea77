"""Puts the kit into an application: the frame's facts, headers, languages, errors, CSRF, filters and assets.

The seam for sign-in: `Frame.reader` is asked once a request and answers who reads (edms.staff knows), or None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from flask import Flask, current_app, g

from edms.web.kit import assets, csrf, headers, language, look, once, packing, problems

_FRAME = "edms_frame"


@dataclass(frozen=True)
class Place:
    """One of the six places of the rail. `word` is a message id, `key` a hotkey such as "KeyG KeyD"."""

    name: str
    href: str
    icon: str
    word: str
    key: str
    count: int | None = None


@dataclass(frozen=True)
class Reader:
    """Who reads this page, as far as the frame shows it; `places` are only those that are hers."""

    name: str
    post: str = ""
    acting_for: str = ""
    language: str | None = None
    zone: str | None = None
    places: Sequence[Place] = ()
    account_url: str | None = None
    sign_out_url: str | None = None


@dataclass(frozen=True)
class Frame:
    """What the application tells the kit. `search_url` is the page that the rail's search field asks,
    `house_arms` the address of the coat of arms, where there is one."""

    reader: Callable[[], Reader | None]
    house_name: Callable[[], str]
    house_arms: Callable[[], str | None] = field(default=lambda: None)
    search_url: Callable[[], str | None] = field(default=lambda: None)
    zone: Callable[[], str] = field(default=lambda: "Asia/Tbilisi")  # of pages for everybody
    language: str = "ka"
    demo: bool = False
    secure_cookies: bool = True
    hsts: bool = False


def install(app: Flask, frame: Frame) -> None:
    """Install the whole kit. The application needs its SECRET_KEY set."""
    app.extensions[_FRAME] = frame
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    packing.install(app)  # first in, last out
    headers.install(app, hsts=frame.hsts)
    language.install(app, reader=reader, default=frame.language, default_zone=frame.zone, secure=frame.secure_cookies)
    assets.install(app)
    csrf.install(app)
    once.install(app)
    look.install(app, secure=frame.secure_cookies)
    problems.install(app, standing=lambda: "desk.html" if reader() else "public.html")
    app.jinja_env.globals.update(
        reader=reader,
        places=lambda: who.places if (who := reader()) else (),
        house_name=frame.house_name,
        house_arms=frame.house_arms,
        search_url=lambda: frame.search_url() if reader() else None,
        demo=lambda: frame.demo,
    )


def reader() -> Reader | None:
    """Who reads this page; asked once a request. A failing sign-in store leaves error pages without a reader."""
    if "edms_reader" not in g:
        g.edms_reader = None
        g.edms_reader = current_app.extensions[_FRAME].reader()
    found: Reader | None = g.edms_reader
    return found
