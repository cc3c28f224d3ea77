"""Notices: an event becomes a line on the desks of those it concerns, once each. No letter's content, ever."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.events import Event, EventLine
from edms.notices.models import Notice
from edms.registry.models import Document
from edms.routing.models import Assignment, Resolution


def tell_of(session: Session, event_id: int) -> int:
    """Tell the people whom an event concerns; how many lines were written now."""
    line = session.get(EventLine, event_id)
    if line is None:
        return 0
    people = concerned(session, line) - {line.official_id}
    values = {"number": _number(session, line), "subject": str(line.detail.get("subject") or "")[:200]}
    return sum(
        tell(
            session,
            person,
            line.document_id,
            f"notices.{line.kind.value.replace(':', '_')}",
            values,
            f"event:{event_id}:{person}",
        )
        for person in people
        if person is not None
    )


def tell(
    session: Session, official_id: int, document_id: int | None, message: str, values: dict[str, Any], key: str
) -> int:
    """One line, unless it was written before."""
    line = insert(Notice).values(
        official_id=official_id, document_id=document_id, message=message, values=values, at=clock.now(), source_key=key
    )
    return int(session.execute(line.on_conflict_do_nothing().returning(Notice.notice_id)).first() is not None)


def concerned(session: Session, line: EventLine) -> set[int | None]:
    """Whom an event concerns: those it names, else those who work on the letter."""
    named = line.detail.get("to")
    if isinstance(named, list) and all(isinstance(person, int) for person in named):
        return set(named)
    if line.subject_kind == "assignment" and line.subject_id is not None:
        assignment = session.get(Assignment, line.subject_id)
        if assignment is None:
            return set()
        resolution = session.get_one(Resolution, assignment.resolution_id)
        to_author = line.kind in (Event.ASSIGNMENT_REPORTED, Event.EXTENSION_ASKED)
        return {resolution.author_id} if to_author else {assignment.official_id}
    if line.kind in (Event.DOCUMENT_REGISTERED, Event.DOCUMENT_SUBMITTED) and line.document_id is not None:
        document = session.get_one(Document, line.document_id)
        return {document.addressee_id}
    if line.subject_kind == "resolution" and line.subject_id is not None:
        found = select(Assignment.official_id).where(Assignment.resolution_id == line.subject_id)
        return set(session.scalars(found))
    return set()


def unseen(session: Session, actor: Actor, *, limit: int = 20) -> list[Notice]:
    """The actor's own unseen lines, the newest first."""
    found = select(Notice).where(Notice.official_id == actor.official_id, Notice.seen_at.is_(None))
    return list(session.scalars(found.order_by(Notice.at.desc()).limit(limit)))


def see(session: Session, actor: Actor, *, until: datetime) -> None:
    """She has seen them."""
    for notice in unseen(session, actor, limit=500):
        if notice.at <= until:
            notice.seen_at = clock.now()


def _number(session: Session, line: EventLine) -> str:
    document = session.get(Document, line.document_id) if line.document_id else None
    return document.number if document else ""
