"""Clean-up before recognition: characters read wrongly of good and of poor pages, by the engine alone and after our clean-up.

Then the models of one language beside each other, on good and on photographed pages.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from benchmarks.report import Report
from edms.capture import framing, tesseract
from edms.capture.cleaning import cleaned
from edms.capture.recognise import lines_of
from edms.capture.tesseract import Engine, EngineError
from edms.demo import letters, scanner, spoiling

MODELS = {"ka": "kat+eng", "hy": "hye+eng", "ru": "rus+eng", "en": "eng"}
OTHER_MODELS = {
    "ka": ("kat", "script/Georgian", "Georgian"), "hy": ("hye", "script/Armenian", "Armenian"),
    "ru": ("rus", "script/Cyrillic", "Cyrillic"),
}  # fmt: skip
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
    models: str


def run(report: Report) -> None:
    """Each page is read twice by the same engine in the same way: as it is, and cleaned."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        pages = [_page(language, how) for how in ("good", *spoiling.WAYS) for language in MODELS]
        before = list(pool.map(lambda page: _wrong(page, page.image, page.dpi, Path(folder)), pages))
        after = list(pool.map(lambda page: _wrong(*_fit(page), Path(folder)), pages))
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
    _models(report)


def _models(report: Report) -> None:
    """What each model that is installed for a language reads, beside the one that is used first."""
    here = tesseract.installed(ENGINE)
    with TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        for language, models in OTHER_MODELS.items():
            for how in ("good", "photographed"):
                page = _page(language, how)
                tried = [MODELS[language], *(each for each in models if set(each.split("+")) <= here)]
                ways = [replace(page, models=each) for each in tried]
                first, *others = pool.map(lambda way: _wrong(*_fit(way), Path(folder)), ways)
                for name, wrong in zip(tried[1:], others, strict=True):
                    report.row(
                        f"model {name}, {NAMES[language]} {how}", wrong, "% wrong", tried[0], first, None, ""
                    )  # fmt: skip


def _page(language: str, how: str) -> Page:
    chance = random.Random(11)
    subject = next(each for each in letters.SUBJECTS if each.language == language)
    letter = letters.letter(subject, chance)
    image = scanner.page(letter.text, language, chance)
    image = image.crop((0, 0, image.width, round(image.height * WRITTEN)))
    spoiled = image if how == "good" else spoiling.WAYS[how](image, random.Random(1))
    return Page(
        language,
        how,
        letter.text.split("\n\n")[3],
        spoiled,
        scanner.DPI * spoiled.width // image.width,
        MODELS[language],
    )


def _fit(page: Page) -> tuple[Page, Image.Image, int]:
    """The page laid flat where it was photographed on a table, and cleaned."""
    laid = framing.flat(page.image, page.dpi)
    return (page, cleaned(page.image), page.dpi) if laid is None else (page, cleaned(laid.image), laid.dpi)


def _wrong(page: Page, image: Image.Image, dpi: int, folder: Path) -> float:
    """Per cent."""
    path = folder / f"{page.language}-{page.how}-{page.models.replace('/', '-')}.tif"
    image.save(path, "TIFF")
    try:
        words = tesseract.words_on(path, engine=ENGINE, models=page.models, dpi=dpi)
    except EngineError:
        return 100.0
    return 100 * spoiling.cer(page.written, lines_of(words))
