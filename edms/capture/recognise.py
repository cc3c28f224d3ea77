"""Reading one page image: upright, level, in the right language, and no more passes of the engine than that takes.

A photographed sheet is laid flat first (`framing.py`), its words are told of the photograph. A page that reads well at the first go costs one pass. One that does not is tried in strips: on its head, sideways, in
the other scripts; the best is then read whole. A paragraph in another script than its page is read again by itself.
Confidence is the engine's own, weighted by length. Measured on generated pages: the right model gives 90 and more,
a wrong one or a page on its head under 45, so there is no need to guess scripts or orientation beforehand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

from PIL import Image

from edms.capture import framing, tesseract
from edms.capture.cleaning import cleaned
from edms.capture.framing import Flat
from edms.capture.pictures import upright
from edms.capture.straighten import leaning, straightened
from edms.capture.tesseract import Engine, EngineError, Word

GOOD = 70.0
"""From here on a page is taken as read in the right way."""
MIXED = 60.0
"""Below this it is not a page of two scripts, one of which reads well: it is read in a wrong way as a whole."""
DOUBTFUL = 72.0
"""An Armenian page below this is read with the model of the script too."""
BETTER = 8.0
"""A second reading replaces the first only when it is better by this much."""
STRIP_LINES = 8
FEW_LETTERS = 12
LEAST_SIDE = 24
"""Pixels: a strip narrower than a line of print holds no words."""


@dataclass(frozen=True)
class Reading:
    """A page as it was read: the upright, level image, its words in pixels of it, and how it was turned.

    Of a sheet photographed on a table it is the photograph, turned only: a copy of it is what its reader is shown.
    """

    image: Image.Image
    words: list[Word]
    confidence: float
    language: str | None
    rotation: int  # degrees clockwise
    skew: float


def read_page(image: Image.Image, *, dpi: int, languages: Sequence[str], engine: Engine, at: Path) -> Reading:
    """Read a page, first in the first of `languages`. `at` is a path stem for passing pictures on. Errors: EngineError."""
    readable = [language for language in languages if tesseract.model_for(engine, language)]
    if not readable:
        raise EngineError("capture.language_missing")
    image = image if image.mode == "L" else image.convert("L")
    if min(image.size) < LEAST_SIDE:
        return Reading(image, [], 0.0, None, 0, 0.0)
    laid = framing.flat(image, dpi)
    if laid is None:
        return _read(_Page(engine, dpi, at), image, readable)
    reading = told_back(_read(_Page(engine, laid.dpi, at), laid.image, readable), laid, image)
    if reading.confidence >= GOOD:
        return reading
    whole = _read(_Page(engine, dpi, at), image, readable)  # what looked like a sheet may have been a picture on it
    return whole if _read_well(whole.words) > _read_well(reading.words) else reading


def told_back(reading: Reading, laid: Flat, image: Image.Image) -> Reading:
    """What was read on a sheet laid flat, told of the picture it was cut from, turned to stand upright as the sheet does."""
    upright_image = upright(image, reading.rotation)
    way = _Way(reading, laid, upright_image.size)
    words = []
    for word in reading.words:
        right, bottom = word.left + word.width, word.top + word.height
        corners = [way.back(x, y) for x in (word.left, right) for y in (word.top, bottom)]
        left, top = min(x for x, _ in corners), min(y for _, y in corners)
        width, height = max(x for x, _ in corners) - left, max(y for _, y in corners) - top
        words.append(replace(word, left=round(left), top=round(top), width=round(width), height=round(height)))
    return replace(reading, image=upright_image, words=words, skew=0.0)


class _Way:
    """From a point of what was read, levelled and turned, to the same point of the picture, turned alike."""

    def __init__(self, reading: Reading, laid: Flat, size: tuple[int, int]) -> None:
        self._read, self._laid, self._turn, self._size = reading.image.size, laid, reading.rotation, size
        self._lean = -math.radians(reading.skew)

    def back(self, x: float, y: float) -> tuple[float, float]:
        middle_x, middle_y = self._read[0] / 2, self._read[1] / 2
        across, down = x - middle_x, y - middle_y
        cos, sin = math.cos(self._lean), math.sin(self._lean)
        x, y = cos * across + sin * down + middle_x, cos * down - sin * across + middle_y
        x, y = self._laid.back(*_turned_point(x, y, 360 - self._turn, self._read))
        lying = self._size if self._turn % 180 == 0 else self._size[::-1]
        return _turned_point(x, y, self._turn, lying)


def _turned_point(x: float, y: float, turn: int, size: tuple[int, int]) -> tuple[float, float]:
    """Where a point of a picture of this size comes to lie when that is turned clockwise by a multiple of 90 degrees."""
    width, height = size
    return {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}[turn % 360]


def _read(page: _Page, image: Image.Image, readable: Sequence[str]) -> Reading:
    image = cleaned(image)
    sideways, skew = leaning(image)
    image = turned(image, 90 if sideways else 0, skew)
    words = page.words(image, page.own_and_latin(readable[0]))
    first = Reading(image, words, confidence(words), readable[0], 90 if sideways else 0, skew)
    best = first
    if words and first.confidence < MIXED:
        best = _tried_otherwise(page, first, readable)
    if best.language == "hy" and best.confidence < DOUBTFUL:
        best = _by_script(page, best)
    words = _mended(page, best, readable)
    return replace(best, words=words, confidence=confidence(words))


def turned(image: Image.Image, rotation: int, skew: float) -> Image.Image:
    """The image turned clockwise by a multiple of 90 degrees, then made level."""
    image = upright(image, rotation)
    return straightened(image, skew) if skew else image


def confidence(words: Iterable[Word]) -> float:
    """The engine's confidence over these words, weighted by their length; 0 without letters or figures."""
    said = [(word.confidence, len(word.text)) for word in words if any(map(str.isalnum, word.text))]
    return sum(sure * length for sure, length in said) / sum(length for _, length in said) if said else 0.0


def lines_of(words: Sequence[Word]) -> str:
    """The words as text: lines as on the page, paragraphs apart by an empty line."""
    text, before = "", None
    for word in words:
        place = (word.block, word.paragraph, word.line)
        if before is not None:
            text += " " if place == before else "\n\n" if place[:2] != before[:2] else "\n"
        text, before = text + word.text, place
    return text


def _letters(words: Iterable[Word]) -> int:
    return sum(map(str.isalnum, "".join(word.text for word in words)))


def _reads_well(words: list[Word]) -> bool:
    return confidence(words) >= GOOD and _letters(words) >= FEW_LETTERS


class _Page:
    """The engine, asked about pictures of one page."""

    def __init__(self, engine: Engine, dpi: int, at: Path) -> None:
        self.engine, self.dpi, self.at = engine, dpi, at

    def own_and_latin(self, language: str) -> str:
        own = tesseract.model_for(self.engine, language) or ""
        latin = tesseract.model_for(self.engine, "en")
        return own if language == "en" or latin is None else f"{own}+{latin}"

    def words(self, image: Image.Image, models: str, *, one_block: bool = False) -> list[Word]:
        # Plain grey pixels, in the one form the engine takes in without looking at each of them. The form is named: the
        # library would pack them as the scan was packed, which for one of black and white cannot be done.
        path = self.at.with_suffix(".tif")
        image.save(path, "TIFF", compression="raw")
        try:
            return tesseract.words_on(path, engine=self.engine, models=models, dpi=self.dpi, one_block=one_block)
        finally:
            path.unlink(missing_ok=True)


def _tried_otherwise(page: _Page, first: Reading, languages: Sequence[str]) -> Reading:
    """The page on its head and in other scripts, on a strip of it; the best of them read whole."""
    strip = _strip(first)
    best: tuple[float, int, str] | None = None
    for turn, language in _other_ways(first.language, languages):
        cut = strip.transpose(Image.Transpose.ROTATE_180) if turn else strip
        model = tesseract.model_for(page.engine, language) or ""
        tried = (confidence(page.words(cut, model, one_block=True)), turn, language)
        best = max(best or tried, tried)
        if best[0] > GOOD:
            break
    if best is None or best[0] < first.confidence + BETTER:
        return first
    _, turn, language = best
    image = first.image.transpose(Image.Transpose.ROTATE_180) if turn else first.image
    words = page.words(image, page.own_and_latin(language))
    second = Reading(image, words, confidence(words), language, (first.rotation + turn) % 360, first.skew)
    return second if second.confidence >= first.confidence + BETTER else first


def _other_ways(read_in: str | None, languages: Sequence[str]) -> list[tuple[int, str]]:
    """What may be wrong with a page, the likely first: on its head, in another script, both. Latin was read already."""
    others = [language for language in languages if language not in (read_in, "en")]
    own = [(180, read_in)] if read_in else []
    return [*own, *((0, language) for language in others), *((180, language) for language in others)]


def _strip(reading: Reading) -> Image.Image:
    """A band of the page with some lines in it, where the engine saw most."""
    image, words = reading.image, reading.words
    heights = sorted(word.height for word in words)
    height = max(int(heights[len(heights) // 2] * 2 * STRIP_LINES), image.height // 12)
    if height >= image.height // 2:
        return image
    step = height // 2
    weights = [0] * (image.height // step + 1)
    for word in words:
        weights[min(len(weights) - 1, max(0, word.top // step))] += word.width
    top = max(range(len(weights) - 1), key=lambda at: weights[at] + weights[at + 1]) * step
    return image.crop((0, top, image.width, min(image.height, top + height)))


def _by_script(page: _Page, reading: Reading) -> Reading:
    script = tesseract.armenian_script(page.engine)
    if script is None:
        return reading
    words = page.words(reading.image, script)
    sure = confidence(words)
    # The two models count differently: more of the page read with some confidence is what matters.
    if _read_well(words) > _read_well(reading.words):
        return replace(reading, words=words, confidence=sure)
    return reading


def _read_well(words: Iterable[Word]) -> float:
    return sum(len(word.text) * word.confidence for word in words if word.confidence > 30)


def _mended(page: _Page, reading: Reading, languages: Sequence[str]) -> list[Word]:
    """Paragraphs that read badly on a page that reads well are in another script: they are read again by themselves."""
    if not any(_reads_well(group) for group in _paragraphs(reading.words)):
        return reading.words
    mended: list[Word] = []
    for group in _joined(_paragraphs(reading.words)):
        sure = confidence(group)
        if sure >= GOOD or _letters(group) < FEW_LETTERS:
            mended += group
            continue
        others = [language for language in languages if language not in (reading.language, "en")]
        candidates = [group, *_again(page, reading.image, group, others)]
        mended += max(candidates, key=lambda words: confidence(words) + (BETTER if words is candidates[0] else 0))
    return mended


def _again(page: _Page, image: Image.Image, group: list[Word], languages: Sequence[str]) -> Iterable[list[Word]]:
    margin = page.dpi // 15
    left, top = min(w.left for w in group) - margin, min(w.top for w in group) - margin
    right, bottom = max(w.left + w.width for w in group) + margin, max(w.top + w.height for w in group) + margin
    left, top = max(0, left), max(0, top)
    cut = image.crop((left, top, min(image.width, right), min(image.height, bottom)))
    for language in languages:
        words = page.words(cut, page.own_and_latin(language), one_block=True)
        yield [
            replace(
                w,
                left=w.left + left,
                top=w.top + top,
                block=group[0].block,
                paragraph=group[0].paragraph,
                line=group[0].line + w.paragraph * 1000 + w.line,
            )
            for w in words
        ]
        if confidence(words) >= GOOD:
            return


def _paragraphs(words: list[Word]) -> list[list[Word]]:
    return [list(group) for _, group in groupby(words, key=lambda w: (w.block, w.paragraph))]


def _joined(paragraphs: list[list[Word]]) -> list[list[Word]]:
    """Neighbouring paragraphs that both read badly are one piece of text."""
    if not paragraphs:
        return []
    joined = [list(paragraphs[0])]
    for before, after in pairwise(paragraphs):
        low = confidence(before) < GOOD and confidence(after) < GOOD
        if low and before[0].block == after[0].block:
            joined[-1] += after
        else:
            joined.append(list(after))
    return joined
