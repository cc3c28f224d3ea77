"""Numbers that a letter had before it was moved to the right register: void, never used again, and still leading to it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BigInteger, Select, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from edms.registry.models import Number

# Written out, not bound: so the planner sees that the small index of such numbers fits (ix_number_former).
_FORMER = text("number.state = 'void' AND number.document_id IS NOT NULL")


def of(session: Session, document_ids: Collection[int]) -> dict[int, list[Number]]:
    """The former numbers of documents that the caller may see, the oldest first; most have none and are left out."""
    found: dict[int, list[Number]] = {}
    ids = bindparam("ids", list(document_ids), type_=ARRAY(BigInteger))  # one statement for any number of letters
    rows = select(Number).where(_FORMER, Number.document_id == any_(ids))
    for number in session.scalars(rows.order_by(Number.number_id)) if document_ids else ():
        found.setdefault(number.document_id or 0, []).append(number)
    return found


def named(number: str) -> Select[int | None]:
    """The documents that had this number, as a condition's right side."""
    return select(Number.document_id).where(_FORMER, Number.text == number.strip())
