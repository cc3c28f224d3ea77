"""Clean-up before recognition: characters read wrongly of good and of poor pages, by the engine alone and after our clean-up."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from benchmarks.report import Report
from edms.capture import tesseract
from edms.capture.cleaning import cleaned
from edms.capture.recognise import lines_of
from edms.capture.tesseract import Engine, EngineError
from edms.demo import letters, scanner, spoiling

MODELS = {"ka": "kat+eng", "hy": "hye+eng", "ru": "rus+eng", "en": "eng"}
NAMES = {"ka": "Georgian", "hy": "Armenian", "ru": "Russian", "en": "English"}
ENGINE = Engine(page_seconds=60.0)
"""A page that takes longer counts as read wrongly throughout: grain keeps the engine busy for minutes."""
WRITTEN = 0.55
"""The part of the page that holds the letter."""
CLOSE = 0.5
"""Per cent by which a page may read worse after clean-up than before it."""


@dataclass(frozen=True)
class Page:
    """A page, spoiled in one way, with what is written on it."""

    language: str
    how: str
    written: str
    image: Image.Image
    dpi: int


def run(report: Report) -> None:
    """Each page is read twice by the same engine in the same way: as it is, and cleaned."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        pages = [_page(language, how) for how in ("good", *spoiling.WAYS) for language in MODELS]
        before = list(pool.map(lambda page: _wrong(page, page.image, Path(folder)), pages))
        after = list(pool.map(lambda page: _wrong(page, cleaned(page.image), Path(folder)), pages))
    for page, bare, clean in zip(pages, before, after, strict=True):
        report.row(
            f"recognition cleaned, {NAMES[page.language]} {page.how}",
            clean,
            "% wrong",
            "tesseract alone",
            bare,
            None,
            f"<= {bare + CLOSE:.1f}",
        )


def _page(language: str, how: str) -> Page:
    chance = random.Random(11)
    subject = next(each for each in letters.SUBJECTS if each.language == language)
    letter = letters.letter(subject, chance)
    image = scanner.page(letter.text, language, chance)
    image = image.crop((0, 0, image.width, round(image.height * WRITTEN)))
    spoiled = image if how == "good" else spoiling.WAYS[how](image, random.Random(1))
    return Page(language, how, letter.text.split("\n\n")[3], spoiled, scanner.DPI * spoiled.width // image.width)


def _wrong(page: Page, image: Image.Image, folder: Path) -> float:
    """Per cent."""
    path = folder / f"{page.language}-{page.how}.tif"
    image.save(path, "TIFF")
    try:
        words = tesseract.words_on(path, engine=ENGINE, models=MODELS[page.language], dpi=page.dpi)
    except EngineError:
        return 100.0
    return 100 * spoiling.cer(page.written, lines_of(words))
