"""The press: a template and values become PDF/A-2u (ISO 19005-2), typeset in a child process (`printing.py`).

A page costs a tenth of a second of computing, a long journal a minute: in a process of the web all its pages would wait
for that. Uppercase styling is never used: it breaks Georgian and Armenian.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined

from edms import words
from edms.drafting.paper.typesetting import typeset
from edms.errors import Unavailable
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import Child, run

_LIMITS = Limits(cpu_seconds=900, wall_seconds=1800.0, memory_bytes=6144 * MIB, file_bytes=1024 * MIB)
"""A year's journal is thousands of pages; what needs more than this will never come to an end."""
_NO_CHILDREN = ("sandbox.no_walls", "sandbox.not_started")


@dataclass(frozen=True)
class Place:
    """A place on a page: page counted from 0, PDF points from the lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float

    def as_json(self) -> dict[str, Any]:
        """For a row."""
        return asdict(self)


@dataclass(frozen=True)
class Pressed:
    """A printed paper: its bytes, number of pages, and where its named places came to lie."""

    pdf: bytes
    pages: int
    places: Mapping[str, Place]


def press(template: str, language: str, title: str, **values: Any) -> Pressed:
    """Print `template` with the values in `language`; `title` is what readers show as the name of the file."""
    html = _environment().get_template(f"{template}.html").render(
        language=language, title=title, say=_sayer(language), day=_dayer(language), long_day=_long_dayer(language),
        number=lambda value: words.number(language, value), qr=qr, **values,
    )  # fmt: skip
    return _typeset(html)


@cache  # once in a process
def get_ready() -> None:
    """Somebody begins to write: what her paper will need is loaded meanwhile, and she does not wait for it."""
    threading.Thread(target=run, args=("edms.drafting.paper.printing:ready", []), daemon=True).start()


def _typeset(html: str) -> Pressed:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="edms-paper-", suffix=".html") as file:
        file.write(html)
        file.flush()
        with Child("edms.drafting.paper.printing:work", [Path(file.name)], limits=_LIMITS) as child:
            said = list(child)
            if child.outcome.reason is None:
                with child.open("paper.pdf") as made:
                    return _pressed(made.read(), said[0]["pages"], said[0]["places"])
    if child.outcome.reason in _NO_CHILDREN:
        return _pressed(*typeset(html))  # our own text needs no walls: where there are none it is set here
    raise Unavailable("paper.not_printed")


def _pressed(pdf: bytes, pages: int, places: Mapping[str, Any]) -> Pressed:
    return Pressed(pdf, pages, {name: Place(*place) for name, place in places.items()})


def qr(text: str) -> str:
    """A QR code as a picture address, for an <img>. Error correction M: readable with a stamp's smudge on it."""
    made: str = segno.make(text, error="m", micro=False).svg_data_uri(border=0, dark="#111", xmldecl=False, svgns=True)
    return made


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("edms.drafting", "templates/paper"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _sayer(language: str) -> Any:
    return lambda message_id, **values: words.say(language, message_id, **values)


def _dayer(language: str) -> Any:
    return lambda day: words.date(language, day) if isinstance(day, date) else ""


def _long_dayer(language: str) -> Any:
    return lambda day: words.long_date(language, day) if isinstance(day, date) else ""
