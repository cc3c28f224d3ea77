"""Looks into one content: its kind, then page after page with text, words, boxes and pictures. Runs inside the sandbox.

Yields a first part {kind, media_type, pages}, then one part per page as it is done, so that the parent keeps each before
the next and a killed worker goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError

from edms.capture import texts
from edms.capture.kinds import Kind, kind_of
from edms.capture.recognise import read_page, turned
from edms.capture.tesseract import Engine, EngineError, Word
from edms.capture.texts import Text, Unreadable

DPI = 300
POINTS = 72
PREVIEW_WIDTH = 1240
MOST_PIXELS = 120_000_000  # of one image: an A0 sheet at 300 dpi
FEW_LETTERS = 10  # a page with less text of its own is taken for a picture
READERS = {
    Kind.WORD: texts.of_word,
    Kind.OPEN_DOCUMENT: texts.of_open_document,
    Kind.SHEET: texts.of_sheet,
    Kind.HTML: texts.of_html,
    Kind.TEXT: texts.of_plain,
    Kind.MAIL: texts.of_mail,
    Kind.OUTLOOK: texts.of_outlook,
}
REASONS = {
    Kind.EMPTY: "capture.empty",
    Kind.LOCKED: "capture.locked",
    Kind.CONTAINER: "capture.container",
    Kind.OTHER: "capture.kind_unknown",
}


def look(
    inputs: list[Path], folder: Path, *, languages: Sequence[str], done: int, most: int, engine: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Look inside the one input, from the page after `done`, `most` pages at most. Language codes: the tray's first."""
    path = inputs[0]
    seen = kind_of(path)
    try:
        if seen.kind is Kind.PDF:
            yield from _pdf(path, folder, seen.media_type, languages, done, most, Engine(**engine))
        elif seen.kind is Kind.IMAGE:
            yield from _image(path, folder, seen.media_type, languages, done, Engine(**engine))
        elif seen.kind in READERS:
            yield from _text(READERS[seen.kind](path), folder, seen.media_type)
        else:
            yield {"media_type": seen.media_type, "pages": 0, "reason": REASONS[seen.kind]}
    except Unreadable as error:
        yield {"media_type": seen.media_type, "pages": 0, "reason": str(error)}


def _text(found: Text, folder: Path, media_type: str) -> Iterator[dict[str, Any]]:
    yield {"media_type": media_type, "pages": 1}
    yield {"page": 1, "text": found.text, "source": "layer", "words": []}
    for number, (name, raw) in enumerate(found.attachments):
        (folder / f"attachment-{number}").write_bytes(raw)
        yield {"attachment": f"attachment-{number}", "name": name}


def _pdf(
    path: Path, folder: Path, media_type: str, languages: Sequence[str], done: int, most: int, engine: Engine
) -> Iterator[dict[str, Any]]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        reason = "capture.locked" if "password" in str(error).lower() else "capture.damaged"
        raise Unreadable(reason) from error
    yield {"media_type": media_type, "pages": len(document)}
    for index in range(done, min(len(document), done + most)):
        try:
            yield _pdf_page(document, index, folder, languages, engine)
        except (pypdfium2.PdfiumError, ValueError, MemoryError):
            yield {"page": index + 1, "text": "", "source": "layer", "words": [], "reason": "capture.page_damaged"}


def _pdf_page(
    document: pypdfium2.PdfDocument, index: int, folder: Path, languages: Sequence[str], engine: Engine
) -> dict[str, Any]:
    page = document[index]
    layer = page.get_textpage()
    text = layer.get_text_bounded()
    if sum(map(str.isalnum, text)) >= FEW_LETTERS:
        scale = PREVIEW_WIDTH / max(1.0, page.get_width())
        picture = page.render(scale=min(scale, 4.0), grayscale=False).to_pil()
        part = {"page": index + 1, "text": text.replace("\r\n", "\n"), "source": "layer", "words": _layer(layer, page)}
        return {**part, **_pictures(picture, folder, index + 1)}
    scale = DPI / POINTS
    if page.get_width() * page.get_height() * scale * scale > MOST_PIXELS:
        scale = (MOST_PIXELS / (page.get_width() * page.get_height())) ** 0.5
    picture = page.render(scale=scale, grayscale=True).to_pil()
    return _read(picture, int(scale * POINTS), folder, index + 1, languages, engine)


def _layer(layer: Any, page: Any) -> list[list[Any]]:
    """Words of the file's own text with their boxes as fractions of the page."""
    width, height = page.get_width(), page.get_height()
    words: list[list[Any]] = []
    text = ""
    boxes: list[Any] = []
    for at in range(min(layer.count_chars(), 40_000)):
        letter = layer.get_text_range(at, 1)
        if letter.isspace() or not letter:
            _word(words, text, boxes, width, height)
            text, boxes = "", []
            continue
        text += letter
        boxes.append(layer.get_charbox(at))
    _word(words, text, boxes, width, height)
    return words


def _word(words: list[list[Any]], text: str, boxes: list[Any], width: float, height: float) -> None:
    if not text:
        return
    left, bottom = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, top = max(b[2] for b in boxes), max(b[3] for b in boxes)
    share = (left / width, 1 - top / height, (right - left) / width, (top - bottom) / height)
    words.append([text, *(round(value, 5) for value in share), 100])


def _image(
    path: Path, folder: Path, media_type: str, languages: Sequence[str], done: int, engine: Engine
) -> Iterator[dict[str, Any]]:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(path) as image:
            frames = getattr(image, "n_frames", 1)
            yield {"media_type": media_type, "pages": frames}
            for index in range(done, frames):
                image.seek(index)
                if image.width * image.height > MOST_PIXELS:
                    raise Unreadable("capture.too_large_inside")
                upright = ImageOps.exif_transpose(image.convert("L"))
                told = image.info.get("dpi", (0, 0))[0]
                dpi = int(told) if 100 <= float(told) <= 1200 else max(100, min(600, upright.width * 100 // 827))
                yield _read(upright, dpi, folder, index + 1, languages, engine)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        bomb = isinstance(error, Image.DecompressionBombError)
        raise Unreadable("capture.too_large_inside" if bomb else "capture.damaged") from error


def _read(
    picture: Image.Image, dpi: int, folder: Path, number: int, languages: Sequence[str], engine: Engine
) -> dict[str, Any]:
    """A page image read by OCR. A missing or broken engine leaves the page with its picture and a reason."""
    try:
        reading = read_page(picture, dpi=dpi, languages=languages, engine=engine, at=folder / f"ocr-{number}")
    except EngineError as error:
        part = {"page": number, "text": "", "source": "ocr", "words": [], "reason": str(error)}
        return {**part, **_pictures(turned(picture, 0, 0.0), folder, number)}
    width, height = reading.image.size
    return {
        "page": number,
        "text": _lines(reading.words),
        "source": "ocr",
        "language": reading.language,
        "confidence": round(reading.confidence),
        "rotation": reading.rotation,
        "words": [
            [
                w.text,
                round(w.left / width, 5),
                round(w.top / height, 5),
                round(w.width / width, 5),
                round(w.height / height, 5),
                round(w.confidence),
            ]
            for w in reading.words
        ],
        **_pictures(reading.image, folder, number),
    }


def _lines(words: Sequence[Word]) -> str:
    text, before = "", None
    for word in words:
        place = (word.block, word.paragraph, word.line)
        if before is not None:
            text += " " if place == before else "\n\n" if place[:2] != before[:2] else "\n"
        text, before = text + word.text, place
    return text


def _pictures(image: Image.Image, folder: Path, number: int) -> dict[str, Any]:
    """A preview of reading size and a thumbnail, as JPEG."""
    preview = image.convert("RGB") if image.mode not in ("L", "RGB") else image
    if preview.width > PREVIEW_WIDTH:
        high = max(1, preview.height * PREVIEW_WIDTH // preview.width)
        preview = preview.resize((PREVIEW_WIDTH, high), Image.Resampling.BOX, reducing_gap=2.0)
    preview.save(folder / f"preview-{number}.jpg", quality=80)
    small = preview.copy()
    small.thumbnail((132, 168))
    small.save(folder / f"thumbnail-{number}.jpg", quality=75)
    return {"preview": [*preview.size], "thumbnail": [*small.size]}
