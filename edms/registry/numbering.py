"""Finding a document by what stands on its slip: organisation, number, year. For the service itself, without rights."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import extract, or_, select
from sqlalchemy.orm import Session

from edms.errors import NotFound
from edms.registry import former
from edms.registry.models import Document
from edms.staff.models import Organisation


@dataclass(frozen=True)
class Candidate:
    """A document that a number may mean, and what the codes on its papers follow from."""

    document_id: int
    tracking_issue: int
    register_id: int
    year: int
    serial: int


def candidates(session: Session, number: str) -> list[Candidate]:
    """Every document that has or had this number, in any organisation and year, the newest first: the code decides.

    All of them: in a region of many towns each has its letter 417 of each year.
    """
    named = or_(Document.number == number.strip(), Document.document_id.in_(former.named(number)))
    told = (Document.document_id, Document.tracking_issue, Document.register_id, Document.year, Document.serial)
    found = session.execute(select(*told).where(named).order_by(Document.registered_at.desc()))
    return [Candidate(*row) for row in found]


def leaf_of_number(session: Session, organisation_code: str, number: str, year: int | None = None) -> int:
    """The ledger leaf of the registration of a number, in that year or the newest. Errors: NotFound."""
    return document_of_number(session, organisation_code, number, year)[1]


def document_of_number(
    session: Session, organisation_code: str, number: str, year: int | None = None
) -> tuple[int, int]:
    """The document with a number, in that year or the newest, and the leaf of its registration. Errors: NotFound."""
    found = (
        select(Document.document_id, Document.leaf_id)
        .join(Organisation, Organisation.organisation_id == Document.organisation_id)
        .where(Organisation.code == organisation_code, Document.number == number.strip(), Document.leaf_id.is_not(None))
        .order_by(Document.registered_at.desc())
    )
    if year is not None:
        found = found.where(extract("year", Document.registered_on) == year)
    row = session.execute(found.limit(1)).first()
    if row is None:
        raise NotFound
    return row[0], row[1] or 0
