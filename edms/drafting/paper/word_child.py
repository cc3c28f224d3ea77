"""The child that reads Word files (`edms/sandbox`): fills a template (docxtpl), names its places, has LibreOffice print it.

Zip, XML, template and pictures are somebody else's; LibreOffice would fetch what they name from the network and from the
machine's own files. In here there is no network, no file of the house's and no more time or memory than a letter needs.
"""

from __future__ import annotations

import re
import shutil
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pikepdf
from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate, Listing
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from edms.drafting.paper import libreoffice
from edms.errors import Invalid

UNPACKED = 64 << 20  # bytes of all parts of a template
FILLED, PRINTED = "filled.docx", "letter.pdf"
_UNREADABLE = (
    BadZipFile, PackageNotFoundError, zlib.error, KeyError, ValueError, OSError, EOFError, RuntimeError,
    NotImplementedError, SyntaxError,
)  # fmt: skip


def fill(inputs: Sequence[Path], folder: Path, values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Lay the filled template into the folder as FILLED. Errors: Invalid."""
    document = _opened(inputs[0])
    try:
        document.render(
            {name: _lines(value) for name, value in values.items()},
            _Places(undefined=StrictUndefined, autoescape=True),
            autoescape=True,
        )
        document.save(folder / FILLED)
    except TemplateError as error:
        raise _wrong_place(error) from error
    except _UNREADABLE as error:
        raise Invalid("paper.word_not_understood") from error
    yield {"name": FILLED}


def places(inputs: Sequence[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """Tell the names of the template's places. Errors: Invalid."""
    document = _opened(inputs[0])
    try:
        named = document.get_undeclared_template_variables(_Places(autoescape=True))
    except TemplateError as error:
        raise _wrong_place(error) from error
    except _UNREADABLE as error:
        raise Invalid("paper.word_not_understood") from error
    yield {"places": sorted(named)}


def convert(inputs: Sequence[Path], folder: Path, library: str) -> Iterator[dict[str, Any]]:
    """Have LibreOffice lay the letter into the folder as PRINTED; tells its pages and the size of the last. Errors: Invalid."""
    _require_word(inputs[0])
    source, made = folder / "source.docx", folder / "made.pdf"
    shutil.copyfile(inputs[0], source)
    if not libreoffice.convert(Path(library), source, made, folder / "profile") or not made.is_file():
        raise Invalid("paper.word_not_understood")
    # Written anew: LibreOffice leaves objects behind that nothing refers to, and signing refuses those.
    with pikepdf.open(made) as opened:
        left, bottom, right, top = (float(edge) for edge in opened.pages[-1].mediabox)
        pages = len(opened.pages)
        opened.save(folder / PRINTED, deterministic_id=True)
    yield {"name": PRINTED, "pages": pages, "width": right - left, "height": top - bottom}


class _Places(SandboxedEnvironment):
    """Places, and what is left out where a place is empty: no loops, no sums, nothing called."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters["upper"] = _upper

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.Filter) and node.name not in _FILTERS):
                raise TemplateSyntaxError(type(node).__name__, node.lineno)
        return tree


_ALLOWED = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or, nodes.Filter, nodes.Const,
    nodes.Compare, nodes.Operand,
)  # fmt: skip
_FILTERS = frozenset({"upper", "lower", "trim", "title", "capitalize", "default", "d"})


def _upper(text: Any) -> str:
    """Capitals where the script has them for this: never Georgian, never Armenian (house style, and few fonts have them)."""
    return "".join(sign if _IN_NO_CAPITALS.match(sign) else sign.upper() for sign in str(text))


_IN_NO_CAPITALS = re.compile("[\u0530-\u058f\u10a0-\u10ff\u1c90-\u1cbf\ufb13-\ufb17]")


def _wrong_place(error: TemplateError) -> Invalid:
    return Invalid("paper.word_template_wrong", place=str(error.message or "")[:200])


def _lines(value: Any) -> Any:
    """Text of several lines keeps its lines; markup in it stays text all the same."""
    return Listing(value) if isinstance(value, str) and "\n" in value else value


def _opened(path: Path) -> Any:
    raw = path.read_bytes()
    _require_bounded(raw)
    try:
        return DocxTemplate(BytesIO(raw))
    except _UNREADABLE as error:
        raise Invalid("paper.word_not_understood") from error


def _require_bounded(template: bytes) -> None:
    """The parts are unpacked as they are read: how large they are is counted before, and not as the file claims."""
    room = UNPACKED
    try:
        with ZipFile(BytesIO(template)) as parts:
            for entry in parts.infolist():
                with parts.open(entry) as part:
                    while piece := part.read(1 << 20):
                        room -= len(piece)
                        if room < 0:
                            raise ValueError("unfolds too far")
    except _UNREADABLE as error:
        raise Invalid("paper.word_not_understood") from error


def _require_word(path: Path) -> None:
    """LibreOffice prints anything, a zip or a picture, as a text of odd letters; a letter it must be."""
    try:
        with ZipFile(path) as parts:
            parts.getinfo("word/document.xml")
    except _UNREADABLE as error:
        raise Invalid("paper.word_not_understood") from error
