"""What came to a PDF after a signature, in words that a clerk would use. Runs inside the sandbox, on bytes made to deceive.

The verdict does not rest on this: that something changed is decided by the strict comparison of objects in `pades`.
This only says what a reader should look for: a page more, other words on page 3, a note laid over page 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2

MOST_PAGES = 2_000
MOST_TOLD = 12
FEW_LETTERS = 3  # so many letters under a picture are a neighbour's comma, not a sentence
Change = tuple[str, int | None]
Box = tuple[float, float, float, float]


def between(signed: bytes, now: bytes) -> tuple[Change, ...]:
    """What differs, as message ids, each with its page from 1 where it has one; never empty, never raises."""
    found: list[Change] = []
    try:
        with pikepdf.open(BytesIO(signed)) as before, pikepdf.open(BytesIO(now)) as after:
            for change in _changes(before, after):
                if change not in found:
                    found.append(change)
    except Exception:  # pikepdf raises what its objects make it raise
        found.append(("signing.change_structure", None))
    return tuple(found[:MOST_TOLD]) or (("signing.change_structure", None),)


def covered(signed: bytes, now: bytes, fields: Collection[str]) -> bool:
    """Does the picture of one of these signature fields lie over letters of the signed page? Errors: what parsers raise."""
    document = pypdfium2.PdfDocument(signed)
    try:
        with pikepdf.open(BytesIO(now)) as after:
            return any(_letters(document, page, box) > FEW_LETTERS for page, box in _pictures(after, fields))
    finally:
        document.close()


def acts(now: bytes, fields: Collection[str]) -> bool:
    """Does one of these signature fields do something when it is touched? Errors: what parsers raise."""
    with pikepdf.open(BytesIO(now)) as pdf:
        return any("/AA" in thing or "/A" in thing for _, thing in _widgets(pdf, fields))


def _widgets(pdf: pikepdf.Pdf, fields: Collection[str]) -> Iterator[tuple[int, Any]]:
    """The places of signature fields: the page from 0, and the annotation, and the field where that is another thing."""
    for number, page in enumerate(pdf.pages):
        notes = page.obj.get("/Annots")
        for note in notes if isinstance(notes, pikepdf.Array) else ():
            field = note.get("/Parent") if "/T" not in note else note
            if field is not None and str(field.get("/T", "")) in fields:
                yield number, note
                if "/T" not in note:
                    yield number, field


def _pictures(pdf: pikepdf.Pdf, fields: Collection[str]) -> Iterator[tuple[int, Box]]:
    """Where the pictures of signature fields lie: the page from 0, and left, bottom, right, top in points."""
    for number, note in _widgets(pdf, fields):
        if "/AP" in note and "/Rect" in note:
            x, y, x2, y2 = (float(side) for side in note.Rect)
            left, bottom, right, top = min(x, x2), min(y, y2), max(x, x2), max(y, y2)
            if right - left > 1 and top - bottom > 1:
                yield number, (left, bottom, right, top)


def _letters(document: pypdfium2.PdfDocument, page: int, box: Box) -> int:
    left, bottom, right, top = box
    inside = document[page].get_textpage().get_text_bounded(left=left, bottom=bottom, right=right, top=top)
    return sum(not letter.isspace() for letter in inside)


def _changes(before: pikepdf.Pdf, after: pikepdf.Pdf) -> Iterator[Change]:
    if len(after.pages) > len(before.pages):
        yield "signing.change_pages_added", None
    if len(after.pages) < len(before.pages):
        yield "signing.change_pages_removed", None
    for number, (old, new) in enumerate(zip(before.pages, after.pages, strict=False), start=1):
        if number > MOST_PAGES:
            break
        yield from _of_page(old, new, number)
    if _values(before) != _values(after):
        yield "signing.change_form", None
    for name in ("/OpenAction", "/AA", "/Names", "/OCProperties"):
        if _print(before.Root.get(name)) != _print(after.Root.get(name)):
            yield "signing.change_acts", None


def _of_page(old: pikepdf.Page, new: pikepdf.Page, number: int) -> Iterator[Change]:
    drawn = ("/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate")
    if any(_print(old.obj.get(name)) != _print(new.obj.get(name)) for name in drawn):
        yield "signing.change_page", number
    if _notes(old) != _notes(new):
        yield "signing.change_note", number


def _notes(page: pikepdf.Page) -> list[str]:
    """The annotations of a page but for signatures."""
    notes = page.obj.get("/Annots")
    if not isinstance(notes, pikepdf.Array):
        return []
    each = [note for note in notes if isinstance(note, pikepdf.Dictionary)]
    return sorted(_print(note) for note in each if str(note.get("/FT", "")) != "/Sig")


def _values(pdf: pikepdf.Pdf) -> list[tuple[str, str]]:
    """The filled values of a form but for signatures."""
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    if not isinstance(fields, pikepdf.Array):
        return []
    plain = [f for f in fields if isinstance(f, pikepdf.Dictionary) and str(f.get("/FT", "")) != "/Sig"]
    return [(str(field.get("/T", "")), _print(field.get("/V"))) for field in plain]


def _print(thing: Any, depth: int = 0, seen: frozenset[tuple[int, int]] = frozenset()) -> str:
    """A fingerprint of an object and all below it, whatever numbers its parts have; pages and parents are not followed."""
    if depth > 40:
        return "…"
    if isinstance(thing, pikepdf.Object) and thing.is_indirect:
        if thing.objgen in seen:
            return "↺"
        seen = seen | {thing.objgen}
    if isinstance(thing, pikepdf.Stream):
        return _of_entries(thing, depth, seen) + hashlib.sha256(thing.read_raw_bytes()).hexdigest()
    if isinstance(thing, pikepdf.Dictionary):
        return "page" if str(thing.get("/Type", "")) in ("/Page", "/Pages") else _of_entries(thing, depth, seen)
    if isinstance(thing, pikepdf.Array):
        return "[" + ",".join(_print(each, depth + 1, seen) for each in thing) + "]"
    return repr(thing)


def _of_entries(thing: Any, depth: int, seen: frozenset[tuple[int, int]]) -> str:
    skipped = ("/P", "/Parent", "/StructParent", "/StructParents", "/Length")
    told = (f"{name}{_print(value, depth + 1, seen)}" for name, value in sorted(thing.items()) if name not in skipped)
    return "<" + ";".join(told) + ">"
