"""The picture of a page for its searchable copy: as it came where a PDF can hold it so, else packed anew. Runs inside the sandbox.

A photograph (JPEG) and a fax page (CCITT, JBIG2) are carried over byte for byte and turned by the page that shows them.
Whatever else a page is made of is drawn, and packed as a JPEG, or black on white without loss.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
from PIL import Image, ImageChops, ImageOps, TiffImagePlugin

from edms.capture import scans
from edms.capture.pdf import Pdf
from edms.capture.pictures import Pictures, dots, plain, sized
from edms.capture.sandwich import Picture
from edms.capture.scans import colours

QUALITY = 80
ORIENTATION = 0x0112
LEAST_COLOUR = 24
"""Steps of 255 by which red, green and blue differ somewhere on a page that is not merely grey."""
FAX_KEYS = frozenset(("/DecodeParms", "/Decode", "/ImageMask", "/Interpolate", "/Intent"))
FAX_PARAMETERS = frozenset(("/K", "/Columns", "/Rows", "/BlackIs1", "/EncodedByteAlign", "/EndOfLine", "/EndOfBlock"))
ROWS_AT_ONCE, OFFSETS, LENGTHS, PHOTOMETRIC = 278, 273, 279, 262  # tags of TIFF

Matrix = tuple[float, float, float, float, float, float]
UPRIGHT: Matrix = (1, 0, 0, 1, 0, 0)
TURNED: dict[int, Matrix] = {0: UPRIGHT, 90: (0, -1, 1, 0, 0, 1), 180: (-1, 0, 0, -1, 1, 1), 270: (0, 1, -1, 0, 1, 0)}
"""Of the square of one by one that every picture fills in a PDF, clockwise."""
HELD: dict[int, Matrix] = {
    2: (-1, 0, 0, 1, 1, 0), 3: TURNED[180], 4: (1, 0, 0, -1, 0, 1), 5: (0, -1, -1, 0, 1, 1), 6: TURNED[90],
    7: (0, 1, 1, 0, 0, 0), 8: TURNED[270],
}  # fmt: skip
"""How a camera was held, as photographs say it: what makes them upright."""


@dataclass(frozen=True)
class Carried:
    """A picture, how it must be turned to stand as it is shown, and its size then, in points."""

    picture: Picture
    turn: Matrix
    width: float
    height: float


def carried(sheets: Pdf | Pictures, number: int, path: Path) -> Carried:
    """Page `number`, from 1, of the file at `path`. Errors: Invalid, and what the libraries throw at damaged pages."""
    if isinstance(sheets, Pdf):
        return _of_pdf(sheets, number)
    frame = sheets.frame(number)
    claimed = frame.info.get("dpi")
    if frame.format == "JPEG" and frame.mode in ("L", "RGB"):
        held = frame.getexif().get(ORIENTATION, 1)
        turn = HELD.get(held, UPRIGHT)
        size = frame.size if held < 5 or held not in HELD else frame.size[::-1]
        dpi = dots(frame, claimed)
        picture = _photograph(frame.size, frame.mode == "RGB", path.read_bytes())
        return Carried(picture, turn, size[0] * 72 / dpi, size[1] * 72 / dpi)
    image = ImageOps.exif_transpose(frame)
    if image.mode == "1":
        dpi = dots(image, claimed)
        return Carried(_fax(image), UPRIGHT, image.width * 72 / dpi, image.height * 72 / dpi)
    page = sized(plain(image), dots(image, claimed))
    return _packed(page.image, page.dpi)


def laid(turn: Matrix, rotation: int, skew: float, width: float, height: float) -> Matrix:
    """The matrix that lays a picture over a page of this size, turned as its reader turned it."""
    matrix = pikepdf.Matrix(*turn) @ pikepdf.Matrix(*TURNED[rotation]) @ pikepdf.Matrix(width, 0, 0, height, 0, 0)
    if skew:
        across, up = math.cos(math.radians(skew)), math.sin(math.radians(skew))
        about = pikepdf.Matrix(1, 0, 0, 1, -width / 2, -height / 2) @ pikepdf.Matrix(across, up, -up, across, 0, 0)
        matrix = matrix @ about @ pikepdf.Matrix(1, 0, 0, 1, width / 2, height / 2)
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _of_pdf(pdf: Pdf, number: int) -> Carried:
    lone = pdf.lone(number)
    if lone is not None:
        picture, (left, bottom, right, top), rotation = lone
        if (as_it_is := _as_it_is(picture)) is not None:
            width, height = right - left, top - bottom
            return Carried(as_it_is, TURNED[rotation], *((width, height) if rotation % 180 == 0 else (height, width)))
    page = pdf.image(number)
    return _packed(page.image, page.dpi)


def _as_it_is(picture: Any) -> Picture | None:
    """A picture of a PDF whose bytes another PDF may hold as they are."""
    try:
        size, keys = (int(picture.Width), int(picture.Height)), set(picture.keys())
        [name] = picture.Filter if isinstance(picture.Filter, pikepdf.Array) else [picture.Filter]
        if name == pikepdf.Name.DCTDecode and keys <= scans.PLAIN_KEYS:
            whole, of = picture.read_raw_bytes(), colours(picture.ColorSpace)
            with Image.open(io.BytesIO(whole), formats=["JPEG"]) as seen:
                fits = seen.size == size and seen.mode == {1: "L", 3: "RGB"}.get(of)
            return _photograph(size, of == 3, whole) if fits and scans.END in whole[-64:] else None
        if keys <= scans.PLAIN_KEYS | FAX_KEYS and _is_black_on_white(picture):
            return _as_it_was_faxed(picture, name, size)
    except Exception:
        return None  # damaged or like nothing we know: it is drawn
    return None


def _is_black_on_white(picture: Any) -> bool:
    if "/ImageMask" in picture or "/Decode" in picture:
        return False
    return int(picture.BitsPerComponent) == 1 and str(picture.ColorSpace) == "/DeviceGray"


def _as_it_was_faxed(picture: Any, name: Any, size: tuple[int, int]) -> Picture | None:
    said = picture.get("/DecodeParms")
    if isinstance(said, pikepdf.Array):
        [said] = said
    parameters = dict(said.items()) if said is not None else {}
    usual = _usual(size, "/DeviceGray", 1)
    if name == pikepdf.Name.CCITTFaxDecode and set(parameters) <= FAX_PARAMETERS:
        told = " ".join(f"{key} {_value(value)}" for key, value in parameters.items())
        return Picture(f"{usual} /Filter /CCITTFaxDecode /DecodeParms << {told} >>", picture.read_raw_bytes())
    if name == pikepdf.Name.JBIG2Decode and set(parameters) <= {"/JBIG2Globals"}:
        shared = parameters.get("/JBIG2Globals")
        told = " /DecodeParms << /JBIG2Globals SHARED >>" if shared is not None else ""
        also = shared.read_bytes() if shared is not None else None
        return Picture(f"{usual} /Filter /JBIG2Decode{told}", picture.read_raw_bytes(), also)
    return None


def _value(value: Any) -> str:
    return str(bool(value)).lower() if isinstance(value, bool) else str(int(value))


def _packed(image: Image.Image, dpi: int) -> Carried:
    """A drawn page as a JPEG, without colour where there is none."""
    if image.mode != "L" and not _coloured(image):
        image = image.convert("L")
    made = io.BytesIO()
    image.save(made, "JPEG", quality=QUALITY, optimize=True)
    picture = _photograph(image.size, image.mode == "RGB", made.getvalue())
    return Carried(picture, UPRIGHT, image.width * 72 / dpi, image.height * 72 / dpi)


def _coloured(image: Image.Image) -> bool:
    bands = image.reduce(max(1, image.width // 600)).split()
    pairs = pairwise(bands)
    return any(int(ImageChops.difference(a, b).getextrema()[1]) > LEAST_COLOUR for a, b in pairs)  # type: ignore[arg-type]


def _photograph(size: tuple[int, int], coloured: bool, whole: bytes) -> Picture:
    return Picture(f"{_usual(size, '/DeviceRGB' if coloured else '/DeviceGray', 8)} /Filter /DCTDecode", whole)


def _fax(image: Image.Image) -> Picture:
    """Black on white, packed as faxes are (CCITT group 4): the one strip of a TIFF."""
    made = io.BytesIO()
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[ROWS_AT_ONCE] = image.height
    image.save(made, "TIFF", compression="group4", tiffinfo=tags)
    with Image.open(made, formats=["TIFF"]) as packed:
        assert isinstance(packed, TiffImagePlugin.TiffImageFile)
        [start], [length] = packed.tag_v2[OFFSETS], packed.tag_v2[LENGTHS]
        black_is_one = packed.tag_v2[PHOTOMETRIC] == 1
    said = f"/K -1 /Columns {image.width} /Rows {image.height} /BlackIs1 {str(black_is_one).lower()}"
    usual = _usual(image.size, "/DeviceGray", 1)
    return Picture(
        f"{usual} /Filter /CCITTFaxDecode /DecodeParms << {said} >>", made.getvalue()[start : start + length]
    )


def _usual(size: tuple[int, int], space: str, bits: int) -> str:
    return f"/Width {size[0]} /Height {size[1]} /ColorSpace {space} /BitsPerComponent {bits}"
