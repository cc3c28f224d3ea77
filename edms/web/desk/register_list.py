"""What a register's list is asked for (year, state, unit), read once for page, paper and spreadsheet alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.overview.line import LetterLine
from edms.overview.register import count as counted
from edms.overview.register import register_page
from edms.registry.models import Register
from edms.registry.words import DocumentState

CHUNK = 500
YEARS = range(1900, 2200)


@dataclass(frozen=True)
class Asked:
    """The filters of the list; `before` is the last line's (year, serial) of the page before."""

    year: int | None = None
    state: DocumentState | None = None
    unit: int | None = None
    before: tuple[int, int] | None = None

    def query(self, before: tuple[int, int] | None = None) -> str:
        """The same filters as an address's end, at the place `before`."""
        kept = {"year": self.year, "state": self.state.value if self.state else None, "unit": self.unit}
        if before is not None:
            kept["before"] = f"{before[0]}.{before[1]}"
        return urlencode({name: value for name, value in kept.items() if value is not None})


def asked(given: Mapping[str, str]) -> Asked:
    """The filters as the address has them; what is no filter is left out."""
    state = given.get("state", "")
    year, _, serial = given.get("before", "").partition(".")
    return Asked(
        year=wanted if (wanted := _number(given.get("year", ""))) in YEARS else None,
        state=DocumentState(state) if state in set(DocumentState) else None,
        unit=_number(given.get("unit", "")),
        before=(int(year), int(serial))
        if _number(year.removeprefix("-")) is not None and _number(serial) is not None
        else None,
    )


def page(session: Session, who: Actor, book: Register, wanted: Asked, *, limit: int) -> list[LetterLine]:
    """The newest lines that the actor may see."""
    return register_page(
        session, who, book, before=wanted.before, state=wanted.state, year=wanted.year, unit_id=wanted.unit, limit=limit
    )


def count(session: Session, who: Actor, book: Register, wanted: Asked) -> int:
    """How many letters the list has in all."""
    return counted(session, who, book, state=wanted.state, year=wanted.year, unit_id=wanted.unit)


def every(session: Session, who: Actor, book: Register, wanted: Asked, *, most: int) -> Iterator[LetterLine]:
    """All of them, chunk by chunk: memory does not grow with the register."""
    left = most
    while left > 0:
        rows = page(session, who, book, wanted, limit=min(CHUNK, left))
        yield from rows
        if len(rows) < min(CHUNK, left):
            return
        left -= len(rows)
        last = rows[-1].document
        wanted = replace(wanted, before=(last.year, last.serial))
        session.expunge_all()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
