"""Looks into one content: its kind, then page after page with text, words, boxes and pictures. Runs inside the sandbox.

First a part that says what it is and how many pages it has, then one part per page as it is done, so that the parent
keeps each before the next and a killed worker goes on where it stopped; attachments last (`parts.py` has the forms).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from edms.capture import blanks, codes, mail, office, pictures, plain
from edms.capture.kinds import Kind, kind_of
from edms.capture.mail import Letter
from edms.capture.pdf import Layer, Pdf
from edms.capture.pictures import Pictures
from edms.capture.recognise import GOOD, Reading, lines_of, read_page, turned
from edms.capture.tesseract import Engine, EngineError, model_for
from edms.errors import EdmsError, Invalid
from edms.language import language_of
from edms.sandbox.patience import ACT_SECONDS, next_act

Part = dict[str, Any]
Sheets = Pdf | Pictures
SHEETS: Mapping[Kind, Callable[[Path], Sheets]] = {Kind.PDF: Pdf, Kind.IMAGE: Pictures}
TEXTS: Mapping[Kind, Callable[[Path], str]] = {
    Kind.WORD: office.word_text,
    Kind.OPEN_DOCUMENT: office.open_document_text,
    Kind.SHEET: office.sheet_text,
    Kind.HTML: plain.html_file_text,
    Kind.TEXT: plain.plain_text,
}
LETTERS: Mapping[Kind, Callable[[Path], Letter]] = {
    Kind.MAIL: mail.mail,
    Kind.OUTLOOK: mail.outlook,
    Kind.CONTAINER: mail.container,
    Kind.ENVELOPE: mail.envelope,
    Kind.ARCHIVE: mail.container,
}
SURE = 50
"""Confidence of a word that stands on a page; grain is read as letters too, with less."""
CLOSED = {
    Kind.EMPTY: "capture.empty",
    Kind.LOCKED: "capture.locked",
    Kind.TELEPHONE_PHOTO: "capture.telephone_photo",
    Kind.OTHER: "capture.kind_unknown",
}


def look(
    inputs: list[Path],
    folder: Path,
    *,
    languages: Sequence[str],
    done: int,
    engine: Mapping[str, Any],
    act_seconds: float = ACT_SECONDS,
) -> Iterator[Part]:
    """Look inside the one input, from the page after `done`. Language codes: the tray's first."""
    next_act(act_seconds)
    seen = kind_of(inputs[0])
    try:
        opened = _opened(seen.kind, inputs[0])
    except (Invalid, RecursionError) as error:
        reason = error.message if isinstance(error, Invalid) else "capture.unfolds_too_far"
        yield {"media_type": seen.media_type, "pages": 0, "reason": reason}
        return
    if isinstance(opened, Letter):
        yield {"media_type": seen.media_type, "pages": len(opened.pages)}
        yield from _told(opened, done, folder)
    else:
        yield {"media_type": seen.media_type, "pages": opened.pages}
        reader = Engine.told(engine)
        for number in range(done + 1, opened.pages + 1):
            next_act(act_seconds)
            yield {"page": number, **_page(opened, number, folder, languages, reader)}


def _told(letter: Letter, done: int, folder: Path) -> Iterator[Part]:
    for number, text in enumerate(letter.pages[done:], start=done + 1):
        yield {"page": number, "text": text}
    for number, attached in enumerate(letter.attachments, start=1):
        (folder / f"attachment-{number}").write_bytes(attached.whole)
        yield {"attachment": f"attachment-{number}", "name": attached.name}


def _opened(kind: Kind, path: Path) -> Sheets | Letter:
    """The thing to read. Errors: Invalid when there is nothing in it that can be read, saying why."""
    if kind in CLOSED:
        raise Invalid(CLOSED[kind])
    if kind in SHEETS:
        return SHEETS[kind](path)
    return LETTERS[kind](path) if kind in LETTERS else Letter(TEXTS[kind](path), [])


def _page(sheets: Sheets, number: int, folder: Path, languages: Sequence[str], engine: Engine) -> Part:
    """A page by its own text where it has any, else by recognition. Whatever fails fails for this page alone."""
    try:
        layer = sheets.layer(number) if isinstance(sheets, Pdf) else None
        if layer is not None and layer.whole and not layer.doubtful_in(languages[0]):
            read = _by_layer(sheets, layer, number, folder)
        else:
            read = _by_engine(sheets, number, folder, languages, engine)
        if read["blank"] and isinstance(sheets, Pdf) and sheets.undrawn(number):
            return {**read, "blank": False, "reason": "capture.page_damaged"}
        return read
    except EdmsError as error:
        return {"reason": error.message}
    except MemoryError:
        return {"reason": "sandbox.too_much_memory"}
    except Exception:
        # What the libraries throw at damaged pages has no common name; the other pages may be whole.
        return {"reason": "capture.page_damaged"}


def _by_layer(sheets: Sheets, layer: Layer, number: int, folder: Path) -> Part:
    picture = sheets.image(number, dpi=pictures.PREVIEW_DPI).image
    read = {"text": layer.text, "source": "layer", "words": layer.words, "labels": codes.labels_on(picture)}
    blank = not layer.text.strip() and blanks.is_blank(picture)
    return {**read, "blank": blank, **_shown(picture, number, folder)}


def _by_engine(sheets: Sheets, number: int, folder: Path, languages: Sequence[str], engine: Engine) -> Part:
    page = sheets.image(number)
    small = pictures.smaller(page.small or page.image)
    labels = codes.labels_on(page.image)
    try:
        reading = read_page(page.image, dpi=page.dpi, languages=languages, engine=engine, at=folder / f"ocr-{number}")
    except EngineError as error:
        blank = not labels and blanks.is_blank(page.image, ink=blanks.FAINT)
        return {
            "source": "ocr",
            "reason": error.message,
            "labels": labels,
            "blank": blank,
            **_shown(small, number, folder),
        }
    small = turned(small, reading.rotation, reading.skew)
    told = {**_as_read(reading), "labels": labels, **_shown(small, number, folder)}
    told["blank"] = not labels and not _says_something(reading) and blanks.is_blank(page.image)
    if reading.words and reading.confidence < GOOD and model_for(engine, languages[0]) is None:
        told["reason"] = "capture.language_missing"  # read as well as it can be without the office's own letters
    return told


def _says_something(reading: Reading) -> bool:
    """Whether the engine is sure of a figure or letters: a page number is little ink, and still no blank page."""
    return any(word.confidence >= SURE and any(map(str.isalnum, word.text)) for word in reading.words)


def _as_read(reading: Reading) -> Part:
    width, height = reading.image.size
    text = lines_of(reading.words)
    return {
        "text": text,
        "source": "ocr",
        "language": language_of(text),
        "confidence": round(reading.confidence),
        "rotation": reading.rotation,
        "skew": reading.skew,
        "words": [
            [
                word.text,
                round(word.left / width, 5),
                round(word.top / height, 5),
                round(word.width / width, 5),
                round(word.height / height, 5),
                round(word.confidence),
            ]
            for word in reading.words
        ],
    }


def _shown(image: Image.Image, number: int, folder: Path) -> Part:
    """A preview of reading size, and of the first page a small picture for lists."""
    shown = {"preview": pictures.preview(image, folder / f"preview-{number}.jpg")}
    if number == 1:
        shown["thumbnail"] = pictures.thumbnail(image, folder / f"thumbnail-{number}.jpg")
    return shown
