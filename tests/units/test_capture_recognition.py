"""Recognition on generated scans, measured: characters wrong per character written (CER), in each script, however it lies."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from PIL import Image

from edms.capture import cleaning
from edms.capture.pdf import Pdf
from edms.capture.recognise import Reading, lines_of, read_page
from edms.capture.tesseract import Engine, armenian_script
from edms.demo import letters, scanner, spoiling
from edms.demo.spoiling import cer
from tests.thoroughness import some

LANGUAGES = ("ka", "hy", "ru", "en")
BOUNDS = {"ka": 0.02, "hy": 0.09, "ru": 0.01, "en": 0.01}
"""Measured on clean pages at 300 dpi with the own language and Latin: 0.8 %, 6.2 %, 0.3 %, 0.2 %."""
LATER = 0.02
"""What turning and levelling may cost on top."""


@cache
def scan_of(language: str) -> tuple[str, Image.Image]:
    """The body of a letter, and the written part of its scan at 300 dpi."""
    chance = random.Random(11)
    subject = next(s for s in letters.SUBJECTS if s.language == language)
    written = letters.letter(subject, chance)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scan.pdf"
        path.write_bytes(scanner.scan(written.text, language, chance))
        image = Pdf(path).image(1).image.convert("L")
        return written.text.split("\n\n")[3], image.crop((0, 0, image.width, image.height * 55 // 100))


def read(image: Image.Image, first: str, folder: Path, dpi: int = 300) -> Reading:
    languages = [first, *(language for language in LANGUAGES if language != first)]
    return read_page(image, dpi=dpi, languages=languages, engine=Engine(), at=folder / "page")


@pytest.mark.parametrize("language", LANGUAGES)
def test_scan_in_the_office_s_own_language(language: str, tmp_path: Path) -> None:
    body, image = scan_of(language)
    reading = read(image, language, tmp_path)
    assert cer(body, lines_of(reading.words)) <= BOUNDS[language]
    assert (reading.rotation, reading.language) == (0, language)
    assert all(0 <= word.confidence <= 100 and word.width > 0 for word in reading.words)


@pytest.mark.parametrize(
    ("language", "office"), some([("ru", "ka"), ("ka", "hy")], [("ru", "ka"), ("hy", "ka"), ("ka", "hy"), ("en", "ka")])
)
def test_letter_in_another_language_than_the_office_s(language: str, office: str, tmp_path: Path) -> None:
    body, image = scan_of(language)
    assert cer(body, lines_of(read(image, office, tmp_path).words)) <= BOUNDS[language] + LATER


@pytest.mark.parametrize(("degrees", "turned"), some([(-6.0, 0), (180.0, 180)], [(-6.0, 0), (93.0, 270), (180.0, 180)]))
def test_page_that_lies_askew_sideways_or_on_its_head(degrees: float, turned: int, tmp_path: Path) -> None:
    body, image = scan_of("ka")
    lying = image.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=250, expand=abs(degrees) > 45)
    reading = read(lying, "ka", tmp_path)
    assert reading.rotation == turned
    assert cer(body, lines_of(reading.words)) <= BOUNDS["ka"] + LATER


def test_page_in_two_scripts(tmp_path: Path) -> None:
    (georgian, above), (russian, below) = scan_of("ka"), scan_of("ru")
    page = Image.new("L", (above.width, above.height + below.height), 250)
    page.paste(above, (0, 0))
    page.paste(below, (0, above.height))
    text = lines_of(read(page, "ka", tmp_path).words)
    assert cer(georgian, text) <= BOUNDS["ka"] + LATER
    assert cer(russian, text) <= BOUNDS["ru"] + LATER


def test_photographed_armenian_page_is_helped_by_the_model_of_the_script(tmp_path: Path) -> None:
    if armenian_script(Engine()) is None:
        pytest.skip("the model of the Armenian script is not installed")
    body, image = scan_of("hy")
    few = image.resize((image.width * 2 // 5, image.height * 2 // 5), Image.Resampling.BILINEAR)
    coarse = few.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)
    assert cer(body, lines_of(read(coarse, "hy", tmp_path, dpi=150).words)) <= 0.15


def test_blank_page_has_no_words(tmp_path: Path) -> None:
    assert read(Image.new("L", (2480, 3508), 250), "ka", tmp_path).words == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_good_page_is_left_as_it_is(language: str) -> None:
    _, image = scan_of(language)
    assert cleaning.cleaned(image) is image
    blank = Image.new("L", (1240, 1754), 250)
    assert cleaning.cleaned(blank) is blank


POOR = {"noisy": 0.02, "faded": 0.04, "shadowed": 0.02, "photographed": 0.05, "laid out": 0.02, "by hand": 0.02}


@pytest.mark.parametrize("how", POOR)
def test_poor_page_is_made_fit_to_be_read(how: str, tmp_path: Path) -> None:
    body, image = scan_of("ka")
    lower = image.crop((0, image.height // 5, image.width, image.height * 85 // 100))
    poor = spoiling.WAYS[how](lower, random.Random(1))
    dpi = 300 * poor.width // lower.width
    assert cer(body, lines_of(read(poor, "ka", tmp_path, dpi=dpi).words)) <= POOR[how]
