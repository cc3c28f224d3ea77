"""Text of office documents: docx, odt and its family, xlsx. Runs inside the sandbox.

Headers come first (the letterhead stands there), then the body, then notes and footers. What was deleted with changes
tracked is not text. Pages are cut where the document says so.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edms.capture.archives import Archive, declares_type, local
from edms.capture.plain import Element
from edms.errors import Invalid

if TYPE_CHECKING:
    import openpyxl

CELLS = 2_000_000
PAGE_BREAK = "\f"

_SKIPPED = {"Fallback", "instrText", "delText", "del", "moveFrom", "tracked-changes", "annotation", "note-citation"}
_WORD_PARTS = (
    r"word/header\d*\.xml",
    r"word/document\.xml",
    r"word/footnotes\.xml",
    r"word/endnotes\.xml",
    r"word/footer\d*\.xml",
)


def word_text(path: Path) -> str:
    """The text of a docx, form feeds between its pages. Errors: Invalid."""
    with Archive(path) as archive:
        parts = [name for part in _WORD_PARTS for name in sorted(archive.names) if re.fullmatch(part, name)]
        said: list[str] = []
        for name in parts:
            text = "".join(_word(archive.xml(name))).strip("\n")
            if text.strip() and text not in said:  # the first page's and the other pages' header are often the same
                said.append(text)
        return "\n".join(said)


def _word(root: Element) -> Iterator[str]:
    for element in _walk(root):
        name = local(element)
        if name == "t":
            yield element.text or ""
        elif name in ("tab", "ptab"):
            yield "\t"
        elif name in ("br", "cr"):
            page = any(local_name(key) == "type" and value == "page" for key, value in element.attrib.items())
            yield PAGE_BREAK if page else "\n"
        elif name == "lastRenderedPageBreak":
            yield PAGE_BREAK
        elif name == "noBreakHyphen":
            yield "-"
        elif name == "p":
            yield "\n"


def local_name(key: str | bytes) -> str:
    """An attribute's name without its namespace."""
    return str(key).rpartition("}")[2]


def _walk(root: Element) -> Iterator[Element]:
    """All elements in order, without what is not shown. A paragraph is told after its content, the rest before."""
    stack: list[tuple[Element, bool]] = [(root, False)]
    while stack:
        element, told = stack.pop()
        name = local(element)
        if name in _SKIPPED:
            continue
        if name in ("p", "h", "tr", "table-row") and not told:
            stack.append((element, True))
        else:
            yield element
        if not told:
            stack += [(child, False) for child in reversed(element)]


def open_document_text(path: Path) -> str:
    """The text of an odt, ods or odp. Errors: Invalid."""
    with Archive(path) as archive:
        if "META-INF/manifest.xml" in archive.names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise Invalid("capture.locked")
        said = []
        for name in ("styles.xml", "content.xml"):
            if name in archive.names:
                root = archive.xml(name)
                bodies = [e for e in root.iter() if local(e) in ("header", "header-first", "body", "footer")]
                said += ["".join(_open_document(body)).strip() for body in bodies]
        return "\n".join(text for text in said if text)


def _open_document(element: Element, depth: int = 0) -> Iterator[str]:
    """Text in this dialect stands between elements: it is walked by depth, which the parser bounds at 256."""
    name = local(element)
    if name in _SKIPPED:
        return
    if name == "soft-page-break":
        yield PAGE_BREAK
    yield {"tab": "\t", "line-break": "\n", "s": " ", "table-cell": "\t"}.get(name, "")
    inside = (depth > 0 and name in ("p", "h", "span", "a", "ruby-base", "list-header", "meta")) or name in ("p", "h")
    if inside:
        yield element.text or ""
    for child in element:
        yield from _open_document(child, depth + 1)
        if inside:
            yield child.tail or ""
    if name in ("p", "h", "table-row"):
        yield "\n"


def sheet_text(path: Path) -> str:
    """The text of an xlsx: sheets with their names, rows as lines, cells apart by tabs. Errors: Invalid."""
    with workbook(path) as book:
        return _sheets(book)


@contextmanager
def workbook(path: Path) -> Iterator[openpyxl.Workbook]:
    """An xlsx opened for reading its values. Errors: Invalid, also for what comes to light while it is read."""
    import openpyxl  # with the first table: 5 MB that a process which reads none does without

    with Archive(path) as archive:
        # The library trusts what it unpacks: bounds and document types are looked at before it may.
        for name in archive.names:
            if name.endswith((".xml", ".rels")) and declares_type(archive.read(name)):
                raise Invalid("capture.forbidden_markup")
    with path.open("rb") as whole:  # by its bytes: the library judges files by their names
        try:
            yield openpyxl.load_workbook(whole, read_only=True, data_only=True, keep_links=False)
        except (ValueError, KeyError, OSError, TypeError, AttributeError, IndexError, zipfile.BadZipFile):
            raise Invalid("capture.damaged") from None


def _sheets(book: openpyxl.Workbook) -> str:
    said: list[str] = []
    cells = 0
    for sheet in book.worksheets:
        said.append(sheet.title)
        sheet.reset_dimensions()  # the size a sheet claims may be a million empty rows
        for row in sheet.iter_rows(values_only=True):
            cells += len(row)
            if cells > CELLS:
                raise Invalid("capture.unfolds_too_far")
            filled = [str(value) for value in row if value is not None]
            if filled:
                said.append("\t".join(filled))
        said.append(PAGE_BREAK)
    return "\n".join(said)
