"""The press: a template and values become PDF/A-2u (ISO 19005-2). Nothing is fetched: no address, no file, only `data:`.

Fonts are the system's Noto families, one family per script: subset files under one family name would garble the text
that machines read. Uppercase styling is never used: it breaks Georgian and Armenian.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

import segno
from jinja2 import Environment, PackageLoader, StrictUndefined

from edms import words

POINTS_PER_PIXEL = 72 / 96
PLACE = "place-"  # elements whose id begins so are reported with their position

# It quotes the text it cannot print; letters do not belong in logs.
logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
_one_at_a_time = threading.Lock()  # the font library beneath is shared by the threads of a process


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
    # Loaded with the first paper: 20 MB and two seconds that a process which prints nothing does without.
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    with _one_at_a_time:
        fonts = FontConfiguration()
        fetcher = URLFetcher(allowed_protocols=["data"])
        # With hints a numbered list that begins at 2 is printed so.
        document = HTML(string=html, url_fetcher=fetcher).render(font_config=fonts, presentational_hints=True)
        pdf: bytes = document.write_pdf(pdf_variant="pdf/a-2u")
    return Pressed(pdf, len(document.pages), _places(document))


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


def _places(document: Any) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for index, page in enumerate(document.pages):
        for name, (left, top, right, bottom) in page.anchors.items():
            if name.startswith(PLACE):
                found[name.removeprefix(PLACE)] = Place(
                    index,
                    left * POINTS_PER_PIXEL,
                    (page.height - bottom) * POINTS_PER_PIXEL,
                    right * POINTS_PER_PIXEL,
                    (page.height - top) * POINTS_PER_PIXEL,
                )
    return found


def _sayer(language: str) -> Any:
    return lambda message_id, **values: words.say(language, message_id, **values)


def _dayer(language: str) -> Any:
    return lambda day: words.date(language, day) if isinstance(day, date) else ""


def _long_dayer(language: str) -> Any:
    return lambda day: words.long_date(language, day) if isinstance(day, date) else ""
