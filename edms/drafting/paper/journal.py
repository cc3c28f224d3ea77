"""A register of a period on paper: pressed in parts, so that ten thousand lines take no more memory than two hundred."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import press

PART = 200  # lines


@dataclass(frozen=True)
class Journal:
    """The head of a journal. Lines have the names of `edms.reports.journal_lines.Line`; the last part bears the foot."""

    office: Office
    language: str
    register: str
    first_on: date
    last_on: date
    made_on: date
    made_by: str


def journal(head: Journal, lines: Iterable[Any], foot: Any, folder: Path) -> tuple[Path, int]:
    """Print it into `folder` on A4 lying; the file and its pages. `foot` is asked for once all lines were read."""
    files: list[Path] = []
    pages = 0
    for part, last in _parts(lines):
        made = press(
            "journal", head.language, head.register, journal=head, office=head.office, lines=part, before=pages,
            foot=foot() if last else None,
        )  # fmt: skip
        files.append(folder / f"part-{len(files)}.pdf")
        files[-1].write_bytes(made.pdf)
        pages += made.pages
    return _joined(files, folder / "journal.pdf"), pages


def _parts(lines: Iterable[Any]) -> Iterable[tuple[Sequence[Any], bool]]:
    """The lines in parts, and which of them is the last; without lines one empty part."""
    part: list[Any] = []
    for line in lines:
        if len(part) == PART:
            yield part, False
            part = []
        part.append(line)
    yield part, True


def _joined(files: Sequence[Path], whole: Path) -> Path:
    """One file of all parts; what the first says of itself (PDF/A) holds for the whole."""
    with pikepdf.open(files[0]) as first:
        for file in files[1:]:
            with pikepdf.open(file) as other:
                first.pages.extend(other.pages)
        first.save(whole)
    return whole
