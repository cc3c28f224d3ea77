"""Finding a document by what stands on its slip: organisation, number, year. For the service itself, without rights."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms.errors import NotFound
from edms.registry import former
from edms.registry.models import Document
from edms.staff.models import Organisation


def candidates(session: Session, number: str, *, limit: int = 20) -> list[Document]:
    """Every document that has or had this number, in any organisation and year, the newest first: the code decides."""
    named = or_(Document.number == number.strip(), Document.document_id.in_(former.named(number)))
    found = select(Document).where(named).order_by(Document.registered_at.desc())
    return list(session.scalars(found.limit(limit)))


def leaf_of_number(session: Session, organisation_code: str, number: str, year: int | None = None) -> int:
    """The ledger leaf of the registration of a number. Errors: NotFound."""
    found = (
        select(Document.leaf_id)
        .join(Organisation, Organisation.organisation_id == Document.organisation_id)
        .where(Organisation.code == organisation_code, Document.number == number.strip(), Document.leaf_id.is_not(None))
        .order_by(Document.registered_at.desc())
    )
    if year is not None:
        found = found.where(Document.year == year)
    leaf_id = session.scalars(found.limit(1)).first()
    if leaf_id is None:
        raise NotFound
    return leaf_id
