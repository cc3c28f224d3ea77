"""The page on which a copy is certified, and the mark that each of its pages bears (D414 art. 30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Pressed, press


@dataclass(frozen=True)
class CopyPage:
    """What is certified: which document, how many sheets, by whom. `sha256` is that of the signed original."""

    office: Office
    language: str
    number: str
    day: date
    subject: str
    sheets: int
    ordinal: int
    name: str
    post: str
    certified_on: date
    sha256: str
    issued_to: str = ""
    proof: str = ""
    by_hand: bool = False


def copy_page(values: CopyPage) -> Pressed:
    """Print it on A4."""
    return press("copy_page", values.language, values.number, copy=values, office=values.office)


def copy_mark(language: str, size: tuple[int, int]) -> bytes:
    """Print it, `size` in millimetres."""
    return press("mark_copy", language, "", size=size).pdf
