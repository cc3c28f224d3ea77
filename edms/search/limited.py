"""Search without the index: letters by their number or ours, by day, by correspondent. Everything else waits for it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.scope import visible
from edms.language import Clause, Query
from edms.language.lexemes import DAY, NUMBER
from edms.registry.correspondents import find as find_correspondents
from edms.registry.intake.keeping import sent_by
from edms.registry.models import Document

MOST = 200
_CORRESPONDENTS = 50


def candidates(session: Session, actor: Actor, query: Query) -> list[int]:
    """The newest documents that answer every word asked for by number, day or correspondent; at most 200."""
    wanted = query.wanted
    if not wanted:
        return []
    conditions = [_answers(session, actor, clause) for clause in wanted]
    found = (
        select(Document.document_id)
        .where(visible(actor, Document.readers), Document.organisation_id == actor.organisation_id, and_(*conditions))
        .order_by(Document.registered_at.desc(), Document.document_id.desc())
        .limit(MOST)
    )
    return list(session.scalars(found))


def _answers(session: Session, actor: Actor, clause: Clause) -> ColumnElement[bool]:
    lexemes = [lexeme for term in clause.terms for lexeme in term.lexemes]
    days = [date.fromisoformat(lexeme[1:]) for lexeme in lexemes if lexeme[0] == DAY]
    numbers = [lexeme[1:] for lexeme in lexemes if lexeme[0] == NUMBER]
    if days or numbers:
        parts: list[ColumnElement[bool]] = [
            column.in_(days) for column in (Document.registered_on, Document.document_on, Document.their_date) if days
        ]
        for number in numbers:
            parts += [Document.number.startswith(number, autoescape=True), Document.their_number == number]
            parts.append(Document.number.endswith("/" + number, autoescape=True))
        return or_(*parts)
    if not permits(actor, Permission.CORRESPONDENT_READ):
        return false()
    people = find_correspondents(session, actor, " ".join(term.surface for term in clause.terms), limit=_CORRESPONDENTS)
    ids = [person.correspondent_id for person in people]
    return sent_by(ids) if ids else false()
