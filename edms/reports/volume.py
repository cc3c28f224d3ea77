"""The yearly volume of documents (D414 art. 36): what was registered, by register and month; incoming, created and citizens' submissions apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.errors import Invalid
from edms.registry.models import Document, Register
from edms.reports.figures import GROUP_OF, Group


@dataclass(frozen=True)
class Book:
    """A register's year: letters by month (twelve), the sheets of all, and how many are of an older journal."""

    register: Register
    months: tuple[int, ...]
    sheets: int
    older: int

    @property
    def group(self) -> Group:
        """What it is counted under."""
        return GROUP_OF[self.register.kind]

    @property
    def all(self) -> int:
        """The letters of the year."""
        return sum(self.months)


def volume(session: Session, actor: Actor, year: int) -> list[Book]:
    """The registers in which something was registered that year, by group and code. Errors: Forbidden, Invalid.

    Counted is what the reader may open, as everywhere; the register's page of that year lists the same letters.
    """
    require(actor, Permission.REPORT_READ)
    if not 1900 <= year < 2200:
        raise Invalid(fields={"year": "reports.too_long"})
    month = extract("month", Document.registered_on)
    sheets = func.sum(Document.sheets + Document.annex_sheets)
    found = (
        select(Document.register_id, month, Document.migrated, func.count(), sheets)
        .where(own_organisation(actor, Document.organisation_id), visible(actor, Document.readers))
        .where(Document.registered_on.between(date(year, 1, 1), date(year, 12, 31)))
        .group_by(Document.register_id, month, Document.migrated)
    )
    months: dict[int, list[int]] = {}
    paper: dict[int, int] = {}
    older: dict[int, int] = {}
    for register_id, number, migrated, count, leaves in session.execute(found):
        months.setdefault(register_id, [0] * 12)[int(number) - 1] += count
        paper[register_id] = paper.get(register_id, 0) + int(leaves)
        older[register_id] = older.get(register_id, 0) + (count if migrated else 0)
    books = session.scalars(select(Register).where(Register.register_id.in_(months)))
    made = [Book(b, tuple(months[b.register_id]), paper[b.register_id], older[b.register_id]) for b in books]
    return sorted(made, key=lambda book: (list(Group).index(book.group), book.register.code))
