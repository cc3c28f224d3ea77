"""What a PDF's sender wrote into its fields and over its pages. Runs inside the sandbox; no script of a form is ever run.

What can be seen of fields and notes is made part of the page and read like the rest of it. A value that has no
appearance, because no face at hand has its letters, is taken from the field itself. What is hidden stays hidden.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as raw

MOST_MARKS = 2_000
"""Fields and notes of one page; a page with more is drawn and read without them."""
LETTERS = 200_000
"""Of all values of a page."""
OUT_OF_SIGHT = raw.FPDF_ANNOT_FLAG_INVISIBLE | raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW
WRITTEN = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)
PASSWORD = 1 << 13
MUTE = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP)

Corners = tuple[float, float, float, float]
"""Left, bottom, right, top, in the page's own units."""


def has_marks(page: Any) -> bool:
    """Whether there is anything on the page but its own content, and not too much of it."""
    count = raw.FPDFPage_GetAnnotCount(page)
    return 0 < count <= MOST_MARKS and any(raw.FPDFAnnot_GetSubtype(mark) not in MUTE for mark in _marks(page, count))


def values(page: Any, form: Any) -> list[tuple[str, Corners]]:
    """What is written in the page's fields, and where they stand. `form` is the document's, None if it has no fields."""
    found: list[tuple[str, Corners]] = []
    left = LETTERS
    place = raw.FS_RECTF()
    for mark in _marks(page, raw.FPDFPage_GetAnnotCount(page)) if form is not None else ():
        if raw.FPDFAnnot_GetFormFieldType(form, mark) not in WRITTEN or raw.FPDFAnnot_GetFlags(mark) & OUT_OF_SIGHT:
            continue
        if raw.FPDFAnnot_GetFormFieldFlags(form, mark) & PASSWORD or not raw.FPDFAnnot_GetRect(mark, place):
            continue
        value = _value(form, mark)[:left].strip()
        left -= len(value)
        if value:
            found.append((value, (place.left, place.bottom, place.right, place.top)))
    return found


def make_part_of(page: Any) -> bool:
    """Draw fields and notes into the page, in memory. True when the page must be opened anew to see them there."""
    return bool(raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS)


def _marks(page: Any, count: int) -> Iterator[Any]:
    for index in range(count):
        mark = raw.FPDFPage_GetAnnot(page, index)
        if mark:
            try:
                yield mark
            finally:
                raw.FPDFPage_CloseAnnot(mark)


def _value(form: Any, mark: Any) -> str:
    size = raw.FPDFAnnot_GetFormFieldValue(form, mark, None, 0)
    room = (ctypes.c_ushort * (size // 2 + 1))()
    raw.FPDFAnnot_GetFormFieldValue(form, mark, room, size)
    return bytes(room)[: max(0, size - 2)].decode("utf-16-le", "replace")
