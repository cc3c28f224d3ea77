"""The press: a template and values become PDF/A-2u (ISO 19005-2), typeset in a child process (`printing.py`).

A page costs a tenth of a second of computing, a long journal a minute: in a process of the web all its pages would wait
for that. Uppercase styling is never used: it breaks Georgian and Armenian.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Mapping, Sequence
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


@dataclass(frozen=True)
class Sheet:
    """What is to be printed: a template and its values in a language; `title` is what readers show as the file's name."""

    template: str
    language: str
    title: str
    values: Mapping[str, Any]


def press(template: str, language: str, title: str, **values: Any) -> Pressed:
    """Print one paper. Errors: Unavailable when the press stops at it."""
    return press_all([Sheet(template, language, title, values)])[0]


def press_all(sheets: Sequence[Sheet]) -> list[Pressed]:
    """Print several small papers in one go, in their order. Errors: Unavailable when the press stops at one."""
    return _typeset([_html(sheet) for sheet in sheets])


def _html(sheet: Sheet) -> str:
    language = sheet.language
    return _environment().get_template(f"{sheet.template}.html").render(
        language=language, title=sheet.title, say=_sayer(language), day=_dayer(language),
        long_day=_long_dayer(language), number=lambda value: words.number(language, value), qr=qr, **sheet.values,
    )  # fmt: skip


@cache  # once in a process
def get_ready() -> None:
    """Somebody begins to write: what her paper will need is loaded meanwhile, and she does not wait for it."""
    threading.Thread(target=run, args=("edms.drafting.paper.printing:ready", []), daemon=True).start()


def _typeset(pages: Sequence[str]) -> list[Pressed]:
    with tempfile.TemporaryDirectory(prefix="edms-paper-") as folder:
        given = [Path(folder, f"{at}.html") for at in range(len(pages))]
        for path, html in zip(given, pages, strict=True):
            path.write_text(html, encoding="utf-8")
        with Child("edms.drafting.paper.printing:work", given, limits=_LIMITS) as child:
            made = []
            for told in child:
                with child.open(told["name"]) as paper:
                    made.append(_pressed(paper.read(), told["pages"], told["places"]))
    if child.outcome.reason in _NO_CHILDREN:
        return [_pressed(*typeset(html)) for html in pages]  # our own text needs no walls: it is set here
    if child.outcome.reason is not None or len(made) != len(pages):
        raise Unavailable("paper.not_printed")
    return made


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
