"""Word on its way to paper: a template filled with values, a Word file turned into PDF, both in a child (`word_child.py`).

LibreOffice is slow and large: it gets a profile of its own that nobody else uses, a minute of time, no more than two at
once, and is stopped when the minute is over. Without it letters are written as text. Where no child can be confined, no
Word file is read.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from edms.drafting.paper import libreoffice
from edms.drafting.paper.marks import usual_place
from edms.drafting.paper.press import Place, Pressed
from edms.errors import Invalid, Unavailable
from edms.sandbox.limits import MIB, Limits
from edms.sandbox.run import Child

SECONDS = 60
_CHILD = "edms.drafting.paper.word_child"
_NO_CHILDREN = ("sandbox.no_walls", "sandbox.not_started")
_WRONG_PLACE = "paper.word_template_wrong"
_FILLING = Limits(cpu_seconds=10, wall_seconds=30.0, memory_bytes=1024 * MIB)
_two_at_a_time = threading.BoundedSemaphore(2)


def converter() -> str | None:
    """The path of LibreOffice, or None: then Word files cannot become letters here."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def filled(template: bytes, values: Mapping[str, Any]) -> bytes:
    """The Word template with its `{{ places }}` filled. Values are text: markup in them stays text.

    Errors: Invalid naming the place that cannot be filled, or when the bytes are no Word file; Unavailable without walls.
    """
    with (
        _child("fill", template, {"values": dict(values)}, _FILLING) as (child, said),
        child.open(said["name"]) as made,
    ):
        return made.read()


def places(template: bytes) -> set[str]:
    """The names of the `{{ places }}` in a Word template.

    Errors: Invalid (file) when it is no Word file or cannot be read; Unavailable without walls.
    """
    try:
        with _child("places", template, {}, _FILLING) as (_, said):
            return set(said["places"])
    except Invalid as error:
        raise Invalid(error.message, fields={"file": "paper.word_not_understood"}, **error.values) from error


def printed(word: bytes, *, program: str | None = None, seconds: float = SECONDS) -> Pressed:
    """The Word file as PDF, with the usual places for number, date and signature, as it keeps none of its own.

    Errors: Unavailable without LibreOffice or when it takes too long, Invalid when it cannot read the file.
    """
    soffice = program or converter()
    library = libreoffice.library(soffice) if soffice is not None else None
    if library is None:
        raise Unavailable("paper.word_no_converter")
    limits = Limits(cpu_seconds=SECONDS, wall_seconds=seconds, memory_bytes=4096 * MIB, open_files=1024)
    readable = [library.parent.parent, *map(Path, libreoffice.FOLDERS)]
    work = _child("convert", word, {"library": str(library)}, limits, readable)
    with _a_place(seconds), work as (child, said), child.open(said["name"]) as made:
        return _pressed(made.read(), said["pages"], said["width"], said["height"])


@contextlib.contextmanager
def _child(
    work: str, written: bytes, arguments: Mapping[str, Any], limits: Limits, readable: Sequence[Path] = ()
) -> Iterator[tuple[Child, dict[str, Any]]]:
    """The child and the one thing it said, when it came to its end. Errors: Invalid, Unavailable."""
    with tempfile.TemporaryDirectory(prefix="edms-word-") as folder:
        given = Path(folder, "given.docx")
        given.write_bytes(written)
        with Child(f"{_CHILD}:{work}", [given], arguments, limits=limits, readable=readable) as child:
            said = list(child)
            reason = child.outcome.reason
            if reason in _NO_CHILDREN:
                raise Unavailable(reason)
            if reason == "sandbox.too_long":
                raise Unavailable("paper.word_too_slow", seconds=f"{limits.wall_seconds:g}")
            if reason is not None or len(said) != 1:
                raise _refusal(reason, child.outcome.values)
            yield child, said[0]


def _refusal(reason: str | None, values: Mapping[str, str]) -> Invalid:
    if reason == _WRONG_PLACE:
        return Invalid(_WRONG_PLACE, place=str(values.get("place", ""))[:200])
    return Invalid("paper.word_not_understood")


@contextlib.contextmanager
def _a_place(seconds: float) -> Iterator[None]:
    """One of the two places at the converter. Errors: Unavailable when both stay taken as long as a letter may last."""
    if not _two_at_a_time.acquire(timeout=seconds):
        raise Unavailable("paper.word_busy")
    try:
        yield
    finally:
        _two_at_a_time.release()


def _pressed(pdf: bytes, pages: int, width: float, height: float) -> Pressed:
    size = {"width": width, "height": height}
    places: dict[str, Place] = {
        "registration": usual_place("registration", page=0, **size),
        "signature": usual_place("signature", page=pages - 1, **size),
    }
    return Pressed(pdf, pages, places)
