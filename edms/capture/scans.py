"""Scanned sheets in a PDF: a page that says nothing but "draw this photograph over all of me" is the photograph itself.

Drawing such a page costs five times as much as reading the photograph. Who is in doubt draws: a page with a mark, a
note or a mask, a picture that is cut, turned over, or of another make than a scanner's. Runs inside the sandbox.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pikepdf
from PIL import Image

from edms.capture.pictures import PREVIEW_WIDTH, Page, upright

LONGEST_CONTENT = 2_000
"""Bytes; what draws one picture says it in fifty."""
ONE_PICTURE = re.compile(r"(q |cm )*Do( Q)*")
PLAIN_KEYS = frozenset(
    ("/Type", "/Subtype", "/Name", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent", "/Filter", "/Length")
)
"""All that the entry of a picture may say: no mask, no inverted colours, no layer that can be switched off."""
CLOSE = 2.0
"""Points by which a sheet may miss the edge of its page."""
FEWEST_DPI, MOST_DPI = 240, 450
"""What is coarser or finer is drawn at the resolution that reads best."""

END = b"\xff\xd9"  # of a JPEG
Corners = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""


class Scans:
    """The photographs of the pages of a PDF."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pdf: pikepdf.Pdf | None = None

    def sheet(self, number: int, box: Corners, rotation: int) -> Page | None:
        """Page `number` (from 1) as it was photographed; `box` and `rotation` are how it is shown. None: it must be drawn."""
        try:
            picture = _only_picture(self._page(number), box)
            if picture is None or not set(picture.keys()) <= PLAIN_KEYS:
                return None
            return _developed(picture, box, rotation)
        except Exception:
            # Damaged, locked or like nothing we know: whoever draws it says what is wrong.
            return None

    def picture(self, number: int, box: Corners) -> pikepdf.Object | None:
        """The one picture that is all of page `number`, of whatever make; None when there is more to the page."""
        try:
            return _only_picture(self._page(number), box)
        except Exception:
            return None  # as above

    def _page(self, number: int) -> pikepdf.Object:
        if self._pdf is None:
            self._pdf = pikepdf.open(self._path)
        return self._pdf.pages[number - 1].obj


def _only_picture(page: pikepdf.Object, box: Corners) -> pikepdf.Object | None:
    """The one picture that covers all of a page that has nothing else on it."""
    content = page.Contents
    if "/Annots" in page or "/UserUnit" in page or not isinstance(content, pikepdf.Stream):
        return None
    if int(content.Length) > LONGEST_CONTENT:
        return None
    said = [(str(each.operator), each.operands) for each in pikepdf.parse_content_stream(content)]
    if not ONE_PICTURE.fullmatch(" ".join(operator for operator, _ in said)):
        return None
    place, name = pikepdf.Matrix(), ""
    for operator, operands in said:
        if operator == "cm":
            place = pikepdf.Matrix(*map(float, operands)) @ place
        elif operator == "Do":
            name = str(operands[0])
    corners = (place.e, place.f, place.e + place.a, place.f + place.d)
    if place.b or place.c or any(abs(is_at - at) > CLOSE for is_at, at in zip(corners, box, strict=True)):
        return None
    picture: pikepdf.Object = page.Resources.XObject[name]
    return picture if str(picture.Subtype) == "/Image" else None


def _developed(picture: pikepdf.Object, box: Corners, rotation: int) -> Page | None:
    """The picture in grey, and in colour at about the size of its preview: less is unpacked than of all of it in colour."""
    size = int(picture.Width), int(picture.Height)
    across, down = size[0] / (box[2] - box[0]) * 72, size[1] / (box[3] - box[1]) * 72
    if not FEWEST_DPI <= across <= MOST_DPI or not 0.97 < across / down < 1.03:
        return None
    if picture.Filter not in (pikepdf.Name.DCTDecode, pikepdf.Array([pikepdf.Name.DCTDecode])):
        return None
    whole = picture.read_raw_bytes()
    if END not in whole[-64:]:  # cut short: nothing decides by itself that grey will do for what is missing
        return None
    photograph = io.BytesIO(whole)
    grey, small = (Image.open(photograph, formats=["JPEG"]) for _ in range(2))
    if grey.size != size or grey.mode != {1: "L", 3: "RGB"}.get(colours(picture.ColorSpace)):
        return None
    grey.draft("L", None)
    small.draft(None, (min(PREVIEW_WIDTH, size[0]), 1))
    for image in (grey, small):
        image.load()
    return Page(upright(grey, rotation), round(across), upright(small, rotation))


def colours(space: pikepdf.Object) -> int:
    """How many colours a picture has, where that is all there is to its colour space; else 0."""
    if isinstance(space, pikepdf.Array) and space[0] == pikepdf.Name.ICCBased:
        return int(space[1].N)
    return {"/DeviceGray": 1, "/DeviceRGB": 3}.get(str(space), 0)
