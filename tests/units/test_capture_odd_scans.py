"""Scans of kinds that are seldom made and often kept: one bit a pixel, sixteen bits a pixel, all black."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from edms.capture.blanks import is_blank
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
