"""PDF: text of its own with boxes, pages as images. Runs inside the sandbox, one process, one page at a time.

The library may be used by one thread only; `Pdf` holds a lock. A text layer is believed when it is of this page: not
when it is unmapped glyphs, and not when it is a scanner's note over the picture of a letter.
"""

from __future__ import annotations

import ctypes
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as raw

from edms.capture import forms, jbig2
from edms.capture.pictures import DPI, PAGE_PIXELS, PIXELS, Page
from edms.capture.scans import Scans
from edms.errors import Invalid
from edms.language.scripts import language_of

PAGES = 10_000
ENOUGH_LETTERS = 25
"""A layer with fewer over a picture of a whole page is a note on it, not its text."""
COVERED = 0.5
ODD_SHARE = 0.1
GRID = 1_000_000
LETTERS = 200_000
"""Of one page; what has more is no page."""

Box = tuple[str, float, float, float, float, float]
"""A word and its box as fractions of the page: text, x, y, width, height, confidence (0..100)."""


@dataclass(frozen=True)
class Layer:
    """A page's own text, its words with boxes, and how far it can be believed."""

    text: str
    words: list[Box]
    covered: bool  # a picture lies over most of the page
    whole: bool  # it is the page's text, nothing is left to recognise

    def doubtful_in(self, language: str) -> bool:
        """A Latin layer over a scan, where the office writes another script, is what copiers make of letters they cannot read."""
        return self.whole and self.covered and language != "en" and language_of(self.text) == "en"


class Pdf:
    """An open PDF. Errors: Invalid when it is behind a password, damaged, or has too many pages."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._scans = Scans(path)
        try:
            self._document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            code = raw.FPDF_GetLastError()
            locked = code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
            raise Invalid("capture.locked" if locked else "capture.damaged") from None
        # Before any page is opened: those of a form know then what is in their fields.
        self._document.init_forms()
        self.pages = len(self._document)
        if self.pages == 0:
            raise Invalid("capture.damaged")
        if self.pages > PAGES:
            raise Invalid("capture.too_many_pages")

    def layer(self, number: int) -> Layer:
        """The text that page `number` (from 1) brings along."""
        with self._lock:
            with _page(self._document, number) as page:
                text, words = _text_of(page)
                covered, marked = _covered(page), forms.has_marks(page)
            whole_text, whole_words = self._with_marks(number) if marked else (text, words)
        letters = sum(map(str.isalpha, text))
        odd = sum(map(_is_odd, text))
        strange = odd > ODD_SHARE * max(1, letters + odd)
        drawn = not covered and not letters and not odd
        return Layer(
            whole_text, whole_words, covered, not strange and (letters >= ENOUGH_LETTERS or not covered or drawn)
        )

    def _with_marks(self, number: int) -> tuple[str, list[Box]]:
        """The text of a page with what was written in its fields and over it."""
        with _page(self._document, number) as page:
            values = forms.values(page, self._document.formenv)
            forms.make_part_of(page)
        with _page(self._document, number) as page:
            text, words = _text_of(page)
            seen = "".join(text.split())
            for value, corners in values:
                if "".join(value.split()) not in seen:
                    text = f"{text}\n{value}"
                    words += [(word, *_on_page(page, corners), 100.0) for word in value.split()]
        return text.strip(), words

    def image(self, number: int, *, dpi: int = DPI) -> Page:
        """The page as an image at `dpi`, fewer when the page is a poster; a scanned sheet as the scanner made it."""
        with self._lock, _page(self._document, number) as page:
            sheet = self._scans.sheet(number, page.get_bbox(), page.get_rotation()) if dpi == DPI else None
            if sheet is not None:
                return sheet
            width, height = page.get_size()
            scale = min(dpi / 72, (PAGE_PIXELS / max(1.0, width * height)) ** 0.5)
            bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
            image = bitmap.to_pil()
            return Page(image if image.mode in ("L", "RGB") else image.convert("RGB"), max(40, round(scale * 72)))

    def undrawn(self, number: int) -> bool:
        """Whether a picture of the page could not be drawn: it shows as white paper, which then says nothing."""
        with self._lock, _page(self._document, number) as page:
            return any(map(_is_undrawn, page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])))

    def lone(self, number: int) -> tuple[Any, tuple[float, float, float, float], int] | None:
        """The one picture that is all of a page, the page's corners in points and its turn; None when there is more to it."""
        with self._lock, _page(self._document, number) as page:
            box, rotation = page.get_bbox(), page.get_rotation()
        picture = self._scans.picture(number, box)
        return None if picture is None else (picture, box, rotation)


class _page:  # noqa: N801  reads as a word in `with`
    """A page that is closed again at once: a document of thousands must not keep them all."""

    def __init__(self, document: Any, number: int) -> None:
        self._document, self._number = document, number

    def __enter__(self) -> Any:
        try:
            self._page = self._document[self._number - 1]
        except pypdfium2.PdfiumError:
            raise Invalid("capture.page_damaged") from None
        return self._page

    def __exit__(self, *_: object) -> None:
        self._page.close()


def _is_odd(letter: str) -> bool:
    """Unmapped glyphs: private use, unassigned, replacement and control characters."""
    return letter == "\ufffd" or (letter not in "\n\r\t\f" and unicodedata.category(letter) in ("Co", "Cn", "Cc"))


def _is_undrawn(picture: Any) -> bool:
    try:
        across, down = picture.get_px_size()
        if across * down > PIXELS:
            return True  # nobody unpacks it to see whether it is white
        if "JBIG2Decode" in picture.get_filters() and not jbig2.is_whole(bytes(picture.get_data(decode_simple=True))):
            return True
        picture.get_bitmap(render=False)
    except pypdfium2.PdfiumError:
        return True
    return False


def _covered(page: Any) -> bool:
    width, height = page.get_size()
    area = 0.0
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = thing.get_bounds()
        area += max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))
    return bool(area > COVERED * width * height)


def _text_of(page: Any) -> tuple[str, list[Box]]:
    textpage = page.get_textpage()
    try:
        lines: list[str] = []
        words: list[Box] = []
        line: list[str] = []
        for word, ends, box in _words(textpage):
            if word:
                line.append(word)
            if box is not None:
                words.append((word, *_on_page(page, box), 100.0))
            if ends:
                lines.append(" ".join(line))
                line = []
        return "\n".join([*lines, *([" ".join(line)] if line else [])]).strip(), words
    finally:
        textpage.close()


Corners = tuple[float, float, float, float]


def _words(textpage: Any) -> Iterator[tuple[str, bool, Corners | None]]:
    """Words with their corners in the page's own units, and whether a line ends after them."""
    word = ""
    box: Corners | None = None
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    count = min(raw.FPDFText_CountChars(textpage), LETTERS)
    high = 0
    for index in range(count):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        letter = chr(code) if code else ""
        if letter == "\x02":
            letter = "-"  # a hyphen at the end of a line
        if not letter or letter.isspace():
            ends = letter == "\n"
            if word or ends:
                yield word, ends, box
            word, box = "", None
            continue
        word += letter
        if raw.FPDFText_GetCharBox(textpage, index, left, right, bottom, top):
            here = (left.value, bottom.value, right.value, top.value)
            box = here if box is None else _around(box, here)
    if word:
        yield word, False, box


def _around(a: Corners, b: Corners) -> Corners:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _on_page(page: Any, box: Corners) -> tuple[float, float, float, float]:
    """Fractions of the page as it is shown, rotation and cropping included, from its upper left corner."""
    across, down = ctypes.c_int(), ctypes.c_int()
    points = []
    for x, y in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page, 0, 0, GRID, GRID, 0, x, y, across, down)
        points.append(tuple(max(0.0, min(1.0, at.value / GRID)) for at in (across, down)))
    (x1, y1), (x2, y2) = points
    return (
        round(min(x1, x2), 5),
        round(min(y1, y2), 5),
        round(abs(x2 - x1), 5),
        round(abs(y2 - y1), 5),
    )
