"""Word on its way to paper: a template filled with values (docxtpl), a Word file turned into PDF (LibreOffice).

LibreOffice is another program, slow and large: it gets a profile of its own that nobody else uses, a minute of time,
no more than two at once, and is stopped with all its children when the minute is over. Without it letters are written
as text.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pikepdf
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from edms.drafting.paper.marks import usual_place
from edms.drafting.paper.press import Place, Pressed
from edms.errors import Invalid, Unavailable

SECONDS = 60
UNPACKED = 64 << 20  # bytes of all parts of a template
_two_at_a_time = threading.BoundedSemaphore(2)
# PDF/A-2b: LibreOffice writes the claim; fonts are embedded, the text keeps its letters.
_FILTER = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"},"ExportFormFields":{"type":"boolean","value":"false"}}'


def converter() -> str | None:
    """The path of LibreOffice, or None: then Word files cannot become letters here."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def filled(template: bytes, values: Mapping[str, Any]) -> bytes:
    """The Word template with its `{{ places }}` filled. Values are text: markup in them stays text.

    Errors: Invalid naming the place that cannot be filled, or when the bytes are no Word file.
    """
    # Loaded with the first template: 4 MB that a process which sees none does without.
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    _require_bounded(template)
    try:
        document = DocxTemplate(BytesIO(template))
        document.render(
            {name: _lines(value) for name, value in values.items()},
            _Places(undefined=StrictUndefined, autoescape=True),
            autoescape=True,
        )
        made = BytesIO()
        document.save(made)
    except TemplateError as error:
        raise Invalid("paper.word_template_wrong", place=str(error.message or "")[:200]) from error
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise Invalid("paper.word_not_understood") from error
    return made.getvalue()


class _Places(SandboxedEnvironment):
    """Places, and what is left out where a place is empty: no loops, no sums, nothing called. A sandbox alone keeps a
    template from secrets, not from filling the memory."""

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
    except (
        BadZipFile,
        zlib.error,
        KeyError,
        ValueError,
        OSError,
        EOFError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        wrong = {"file": "paper.word_not_understood"}
        raise Invalid("paper.word_not_understood", fields=wrong) from error


def _lines(value: Any) -> Any:
    """Text of several lines keeps its lines; markup in it stays text all the same."""
    from docxtpl import Listing

    return Listing(value) if isinstance(value, str) and "\n" in value else value


def places(template: bytes) -> set[str]:
    """The names of the `{{ places }}` in a Word template. Errors: Invalid when it is no Word file or cannot be read."""
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    _require_bounded(template)
    try:
        document = DocxTemplate(BytesIO(template))
        return set(document.get_undeclared_template_variables(_Places(autoescape=True)))
    except TemplateError as error:
        raise Invalid(
            "paper.word_template_wrong",
            fields={"file": "paper.word_not_understood"},
            place=str(error.message or "")[:200],
        ) from error
    except (BadZipFile, PackageNotFoundError, KeyError, ValueError) as error:
        raise Invalid("paper.word_not_understood", fields={"file": "paper.word_not_understood"}) from error


def printed(word: bytes, *, program: str | None = None, seconds: float = SECONDS) -> Pressed:
    """The Word file as PDF, with the usual places for number, date and signature, as it keeps none of its own.

    Errors: Unavailable without LibreOffice or when it takes too long, Invalid when it cannot read the file.
    """
    soffice = program or converter()
    if soffice is None or not os.access(soffice, os.X_OK):
        raise Unavailable("paper.word_no_converter")
    _require_word(word)
    with _a_place(seconds), tempfile.TemporaryDirectory(prefix="edms-word-") as folder:
        pdf = _convert(soffice, word, Path(folder), seconds)
    return _plain(pdf)


@contextlib.contextmanager
def _a_place(seconds: float) -> Iterator[None]:
    """One of the two places at the converter. Errors: Unavailable when both stay taken as long as a letter may last."""
    if not _two_at_a_time.acquire(timeout=seconds):
        raise Unavailable("paper.word_busy")
    try:
        yield
    finally:
        _two_at_a_time.release()


def _require_word(word: bytes) -> None:
    """LibreOffice prints anything, a zip or a picture, as a text of odd letters; a letter it must be."""
    try:
        with ZipFile(BytesIO(word)) as parts:
            parts.getinfo("word/document.xml")
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise Invalid("paper.word_not_understood") from error


def _convert(soffice: str, word: bytes, folder: Path, seconds: float) -> bytes:
    source = folder / "letter.docx"
    source.write_bytes(word)
    child = subprocess.Popen(
        [soffice, "--headless", "--norestore", "--nolockcheck", f"-env:UserInstallation=file://{folder}/profile",
         "--convert-to", _FILTER, "--outdir", str(folder), str(source)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env={**_environment(), "HOME": str(folder), "TMPDIR": str(folder)},
    )  # fmt: skip
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired as error:
        raise Unavailable("paper.word_too_slow", seconds=f"{seconds:g}") from error
    finally:
        _end(child)
    made = source.with_suffix(".pdf")
    if not made.is_file():
        raise Invalid("paper.word_not_understood")
    return made.read_bytes()


def _plain(pdf: bytes) -> Pressed:
    """Written anew: LibreOffice leaves objects behind that nothing refers to, and signing refuses those."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        last = opened.pages[-1]
        left, bottom, right, top = (float(edge) for edge in last.mediabox)
        pages = len(opened.pages)
        made = BytesIO()
        opened.save(made, deterministic_id=True)
    size = {"width": right - left, "height": top - bottom}
    places: dict[str, Place] = {
        "registration": usual_place("registration", page=0, **size),
        "signature": usual_place("signature", page=pages - 1, **size),
    }
    return Pressed(made.getvalue(), pages, places)


def _end(child: subprocess.Popen[bytes]) -> None:
    """The starter script leaves the real program behind when only it is ended: the whole group goes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
