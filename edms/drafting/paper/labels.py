"""The label stuck on a paper letter: alone for a label printer, or on a sheet of A4 that can be bought anywhere.

Its code leads the scan to its card. A label whose letter is not entered yet (a number kept for a downtime) has room for
the day and the sheets, written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.press import Pressed, press

LABEL_MM = (62, 29)
"""Of the rolls that label printers take most often."""
SHEET_MM = (70, 37)
"""Each of the 3 × 8 labels of a sheet of A4; half a millimetre is left above and below."""
ON_A_SHEET = 24


@dataclass(frozen=True)
class Label:
    """What the label says; `code` is the text of its QR code. No day: its letter is still to be written on it."""

    language: str
    office: str
    number: str
    day: date | None
    sheets: int
    annex_sheets: int
    code: str


def label(values: Label) -> Pressed:
    """Print one, 62 × 29 mm."""
    return press("label", values.language, values.number, sheets=[[(0, values)]], size=LABEL_MM, page=LABEL_MM)


def label_sheet(labels: Sequence[Label], *, title: str, first: int = 1) -> Pressed:
    """Print them on sheets of A4, 3 × 8 of 70 × 37 mm; `first` is the first place that is not used up, from 1."""
    skipped = min(max(first, 1), ON_A_SHEET) - 1
    places = [(skipped + n, each) for n, each in enumerate(labels)]
    sheets = [
        [(place % ON_A_SHEET, each) for place, each in places if place // ON_A_SHEET == sheet]
        for sheet in range(places[-1][0] // ON_A_SHEET + 1)
    ]
    return press("label", labels[0].language, title, sheets=sheets, size=SHEET_MM, page=(210, 297))
