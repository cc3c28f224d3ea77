"""What a citizen is told of her letter: where it is, until when, what she must do. Units, not people; no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.registry.dispatch import sendings
from edms.registry.models import Document, DocumentLink
from edms.registry.words import DispatchState, DocumentState, LinkKind
from edms.staff.models import Organisation, Unit

Message = tuple[str, dict[str, object]]


@dataclass(frozen=True)
class Tracked:
    """The three sentences as message ids with values, and the steps of the course: (message id, day or None, done?)."""

    where: Message
    until: Message | None
    you: Message
    steps: tuple[tuple[str, date | None, bool], ...]
    due_on: date | None


def tracked(session: Session, document: Document, language: str) -> Tracked:
    """The present state of a letter from its real course."""
    organisation = session.get_one(Organisation, document.organisation_id)
    unit = session.get(Unit, document.unit_id) if document.unit_id else None
    at: dict[str, object] = {
        "organisation": organisation.name(language),
        "unit": unit.name(language) if unit else organisation.name(language),
    }
    reply = _reply(session, document)
    where, you, due = _present(session, document, reply, at)
    until: Message | None = None
    if due and document.due_on is not None:
        until = ("overview.track.until", {"date": document.due_on})
    return Tracked(where, until, you, _steps(document, reply), document.due_on if due else None)


def _present(
    session: Session, document: Document, reply: Document | None, at: dict[str, object]
) -> tuple[Message, Message, bool]:
    nothing: Message = ("overview.track.nothing_to_do", {})
    if reply is not None:
        sent = [s for s in sendings(session, reply) if s.state in (DispatchState.SENT, DispatchState.SERVED)]
        if sent:
            last = sent[-1]
            said: dict[str, object] = {"number": reply.number, "date": reply.registered_on}
            where: Message = (f"overview.track.answered.{last.channel.value}", said)
            return where, ("overview.track.read_answer", {}), False
        if any(s.state is DispatchState.RETURNED for s in sendings(session, reply)):
            return ("overview.track.came_back", at), ("overview.track.come_to_counter", {}), False
        return ("overview.track.answer_signed", at), nothing, True
    match document.state:
        case DocumentState.REGISTERED:
            return ("overview.track.registered", at), nothing, True
        case DocumentState.SUBMITTED:
            return ("overview.track.with_leader", at), nothing, True
        case DocumentState.IN_EXECUTION:
            return ("overview.track.in_execution", at), nothing, True
        case _:
            return ("overview.track.done", at), ("overview.track.ask_counter", {}), False


def _reply(session: Session, document: Document) -> Document | None:
    found = (
        select(Document)
        .join(DocumentLink, DocumentLink.document_id == Document.document_id)
        .where(DocumentLink.other_id == document.document_id, DocumentLink.kind == LinkKind.REPLY_TO)
        .order_by(Document.final.desc().nulls_last(), Document.registered_at.desc())
    )
    return session.scalars(found.limit(1)).first()


def _steps(document: Document, reply: Document | None) -> tuple[tuple[str, date | None, bool], ...]:
    order = (DocumentState.REGISTERED, DocumentState.SUBMITTED, DocumentState.IN_EXECUTION, DocumentState.EXECUTED)
    reached = order.index(document.state) if document.state in order else len(order)
    return (
        ("overview.step.registered", document.registered_on, True),
        ("overview.step.with_leader", None, reached >= 1 or reply is not None),
        ("overview.step.in_execution", None, reached >= 2 or reply is not None),
        ("overview.step.answered", reply.registered_on if reply else None, reached >= 3 or reply is not None),
    )
