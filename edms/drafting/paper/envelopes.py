"""Envelopes and sheets of labels in exact millimetres: the printer's feed decides nothing, the page is the envelope.

Sizes are those of ISO 269 (envelopes lying, the flap above) and of the usual sheets of A4 labels. On a window envelope
nothing is printed: the address stands on a sheet, in the field that shows through the window (DIN 680 and DIN 5008 B).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press

MM_OF_POINT = 25.4 / 72
WIDEST = 0.78  # of a letter's size: what a letter of these alphabets takes on the average
PADDING = 3.0
SMALLEST = 5.5


@dataclass(frozen=True)
class Box:
    """A place on a page in millimetres, from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Envelope:
    """A format: its page, where the addressee stands, where the sender (None: there is a window)."""

    width: float
    height: float
    to: Box
    sender: Box | None
    number: Box | None


@dataclass(frozen=True)
class LabelSheet:
    """A sheet of A4 with labels: how many across and down, their size, the margins, and the gap between columns."""

    across: int
    down: int
    width: float
    height: float
    left: float
    top: float
    gap: float = 0.0

    @property
    def on_a_sheet(self) -> int:
        """How many labels are on a sheet."""
        return self.across * self.down

    def place(self, n: int) -> Box:
        """Where the n-th label of a sheet lies, counted from 0, row by row."""
        row, column = divmod(n, self.across)
        left = self.left + column * (self.width + self.gap)
        return Box(left, self.top + row * self.height, self.width, self.height)


ENVELOPES = {
    "c5": Envelope(229, 162, Box(112, 82, 102, 56), Box(14, 12, 92, 34), Box(14, 144, 60, 8)),
    "dl": Envelope(220, 110, Box(105, 52, 102, 44), Box(12, 10, 86, 30), Box(12, 96, 60, 8)),
    "c4": Envelope(324, 229, Box(176, 124, 130, 70), Box(18, 16, 110, 40), Box(18, 208, 80, 8)),
    "window": Envelope(210, 297, Box(20, 45, 85, 45), None, Box(125, 45, 65, 8)),
}
SHEETS = {
    "3x7": LabelSheet(3, 7, 63.5, 38.1, 7.2, 15.15, 2.55),
    "3x8": LabelSheet(3, 8, 70, 37, 0, 0.5),
    "2x7": LabelSheet(2, 7, 99.1, 38.1, 4.65, 15.15, 2.5),
    "2x4": LabelSheet(2, 4, 99.1, 67.7, 4.65, 13.1, 2.5),
}
FORMATS = (*ENVELOPES, *SHEETS)


@dataclass(frozen=True)
class Addressed:
    """Whose name and address is printed, and the number of the letter inside."""

    name: str
    address: str
    number: str = ""

    def points(self, box: Box, largest: float) -> float:
        """The size of letters with which it stays in its box: long Georgian and Armenian addresses wrap."""
        size = largest
        while size > SMALLEST and self._lines(box, size) * size * 1.3 * MM_OF_POINT > box.height - 2 * PADDING:
            size -= 0.5
        return size

    def _lines(self, box: Box, size: float) -> int:
        """How many lines it takes, words kept whole, with the wide letters of a bold Georgian or Armenian line."""
        letters = max(1, int((box.width - 2 * PADDING) / (size * WIDEST * MM_OF_POINT)))
        texts = [text for text in (*self.name.splitlines(), *self.address.splitlines()) if text.strip()]
        return sum(len(wrap(text, letters)) for text in texts)


def envelopes(office: Office, language: str, form: str, rows: Sequence[Addressed]) -> Pressed:
    """One page an envelope. Its places: `to-1`, `to-2` … are the addressees' boxes."""
    made = ENVELOPES[form]
    placed = [(each, made.to, each.points(made.to, 13)) for each in rows]
    return press(
        "envelopes", language, office.name, office=office, pages=[[row] for row in placed], made=made,
        size=(made.width, made.height), label=False,
    )  # fmt: skip


def labels(office: Office, language: str, form: str, rows: Sequence[Addressed], *, first: int = 1) -> Pressed:
    """Sheets of labels; `first` is the place of the first that is still on the sheet, counted from 1."""
    sheet = SHEETS[form]
    skipped = max(0, min(first, sheet.on_a_sheet) - 1)
    pages: list[list[tuple[Addressed, Box, float]]] = []
    for n, each in enumerate(rows, start=skipped):
        box = sheet.place(n % sheet.on_a_sheet)
        if n % sheet.on_a_sheet == 0 or not pages:
            pages.append([])
        pages[-1].append((each, box, each.points(box, 11)))
    return press("envelopes", language, office.name, office=office, pages=pages, made=None, size=(210, 297), label=True)
