"""The line of a letter (one query shape for desk, register, case file): who, state as a sentence, what is left of its term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.registry.models import Document, Register
from edms.registry.words import DocumentState
from edms.routing.clocks import legal_due
from edms.staff.models import Official

OVER = (DocumentState.EXECUTED, DocumentState.DISPATCHED, DocumentState.FILED, DocumentState.SIGNED)
NEAR_DAYS = 3

Message = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class LetterLine:
    """One letter as every list shows it. `kind` is calm, near, late, open or empty."""

    document: Document
    responsible: Official | None
    state: Message
    term: Message | None
    kind: str


def lines_of(session: Session, documents: Sequence[Document], today: date) -> list[LetterLine]:
    """The lines of documents that the caller may see, in their order; two queries in all."""
    people_ids = {d.responsible_id or d.addressee_id for d in documents} - {None}
    people = {p.official_id: p for p in session.scalars(select(Official).where(Official.official_id.in_(people_ids)))}
    return [_line(session, d, people.get(d.responsible_id or d.addressee_id or 0), today) for d in documents]


def _line(session: Session, document: Document, responsible: Official | None, today: date) -> LetterLine:
    term, kind = None, "open"
    if document.state in OVER:
        kind = "calm"
    elif document.due_on is not None:
        due = legal_due(session, document)
        if due is not None:
            left = terms.remaining(due, today)
            term = terms.say(left)
            kind = "late" if left.late else "near" if left.days <= NEAR_DAYS else "open"
        else:
            kind = "late" if document.due_on < today else "open"
    return LetterLine(document, responsible, (f"registry.document_state.{document.state.value}", {}), term, kind)


def register_page(
    session: Session, actor: Actor, book: Register, *, before: tuple[int, int] | None = None,
    state: DocumentState | None = None, limit: int = 50,
) -> list[LetterLine]:  # fmt: skip
    """A page of a register, the newest first; `before` is the last line's (year, serial). No counts."""
    found = select(Document).where(Document.register_id == book.register_id, visible(actor, Document.readers))
    if before is not None:
        found = found.where(tuple_(Document.year, Document.serial) < before)
    if state is not None:
        found = found.where(Document.state == state)
    found = found.order_by(Document.year.desc(), Document.serial.desc()).limit(limit)
    return lines_of(session, list(session.scalars(found)), clock.today(actor.time_zone))
