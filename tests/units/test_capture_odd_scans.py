"""Scans of kinds that are seldom made and often kept: one bit a pixel, sixteen bits a pixel, all black, not to be drawn."""

from __future__ import annotations

import zlib
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from edms.capture.blanks import is_blank
from edms.capture.looking import look
from edms.capture.pictures import Pictures, plain
from edms.capture.recognise import read_page
from edms.capture.tesseract import Engine
from edms.demo.scanner import FONTS

SAID = "Letter of the mayor"


def strip() -> Image.Image:
    """A line of print at 300 dots per inch."""
    made = Image.new("L", (900, 300), 255)
    face = ImageFont.truetype(str(next(FONTS.glob("NotoSerif-Regular.*"))), 56)
    ImageDraw.Draw(made).text((80, 100), SAID, fill=0, font=face)
    return made


def sixteen_bits(image: Image.Image) -> Image.Image:
    return Image.frombytes("I;16", image.size, b"".join(bytes((value, value)) for value in image.tobytes()))


@pytest.mark.parametrize("packed", ["group4", "tiff_lzw"])
def test_black_and_white_scan_is_read_however_it_was_packed(tmp_path: Path, packed: str) -> None:
    strip().convert("1").save(tmp_path / "scan.tif", compression=packed, dpi=(300, 300))
    page = Pictures(tmp_path / "scan.tif").image(1)
    reading = read_page(page.image, dpi=page.dpi, languages=["en"], engine=Engine(), at=tmp_path / "page")
    assert " ".join(word.text for word in reading.words) == SAID


def test_scan_of_sixteen_bits_keeps_its_letters() -> None:
    seen, drawn = plain(sixteen_bits(strip())), strip()
    assert max(abs(is_ - was) for is_, was in zip(seen.tobytes(), drawn.tobytes(), strict=True)) <= 1


@pytest.mark.parametrize("value", [0.5, 0.0, 70000.0])
def test_picture_of_one_brightness_is_paper(tmp_path: Path, value: float) -> None:
    Image.new("F", (60, 60), value).save(tmp_path / "scan.tif")
    assert Pictures(tmp_path / "scan.tif").image(1).image.getextrema() == (255, 255)


@pytest.mark.parametrize(("brightness", "blank"), [(0, False), (60, False), (170, True), (255, True)])
def test_page_all_black_is_no_blank_page(brightness: int, blank: bool) -> None:
    assert is_blank(Image.new("L", (1240, 1754), brightness)) is blank


def one_picture(path: Path, filtered: str, packed: bytes) -> None:
    """A page of A4 that is one picture of this filter."""
    with pikepdf.new() as book:
        page = book.add_blank_page(page_size=(595, 842))
        picture = pikepdf.Stream(book, packed)
        picture.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1240, Height=1754, BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceGray, Filter=pikepdf.Name(f"/{filtered}"),
        )  # fmt: skip
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Sheet=picture))
        page.Contents = pikepdf.Stream(book, b"q 595 0 0 842 0 0 cm /Sheet Do Q")
        book.save(path, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def segment(number: int, kind: int, held: bytes) -> bytes:
    """A part of a JBIG2 picture on page 1."""
    return number.to_bytes(4) + bytes((kind, 0, 1)) + len(held).to_bytes(4) + held


SIZE = (1240).to_bytes(4) + (1754).to_bytes(4)
# White lines in the code of a fax: each says that it is as the one before.
FAX = segment(0, 48, SIZE + bytes(11)) + segment(1, 38, SIZE + bytes(9) + b"\x01" + b"\xff" * 220 + bytes(4))
UNDRAWN = [
    ("JBIG2Decode", b"no picture"), ("JBIG2Decode", b""), ("JBIG2Decode", FAX[:-9]), ("JBIG2Decode", FAX[:30]),
    ("DCTDecode", b"no picture"), ("JPXDecode", b"no picture"), ("CCITTFaxDecode", b""), ("NoFilterOfThisWorld", b"x"),
]  # fmt: skip


@pytest.mark.parametrize(("filtered", "packed"), UNDRAWN)
def test_picture_that_cannot_be_drawn_is_no_blank_page(tmp_path: Path, filtered: str, packed: bytes) -> None:
    """It is drawn as white paper: a letter would be left out of its scan as an empty back."""
    one_picture(tmp_path / "scan.pdf", filtered, packed)
    _, page = looked(tmp_path)
    assert not page["blank"] and page["reason"] == "capture.page_damaged"


@pytest.mark.parametrize(
    ("filtered", "packed"), [("FlateDecode", zlib.compress(b"\xff" * 1240 * 1754)), ("JBIG2Decode", FAX)]
)
def test_white_sheet_of_a_scanner_is_still_blank(tmp_path: Path, filtered: str, packed: bytes) -> None:
    one_picture(tmp_path / "scan.pdf", filtered, packed)
    _, page = looked(tmp_path)
    assert page["blank"] and "reason" not in page


def looked(folder: Path) -> list[dict[str, object]]:
    return list(look([folder / "scan.pdf"], folder, languages=["en"], done=0, engine={}))
