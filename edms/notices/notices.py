"""Notices: an event becomes a line on the desks of those it concerns, once each, and goes by mail to those who chose it.

No letter's content, ever. Nobody is told of a letter she may not read: the number alone would say too much. A line to an absent official is
seen by her substitute too, who acts under both names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.events import EventLine
from edms.notices import mailing
from edms.notices.choosing import rhythm_of
from edms.notices.concerned import concerned
from edms.notices.models import Notice, Rhythm
from edms.notices.readers import may_read
from edms.registry.models import Document
from edms.routing.reminding import remind
from edms.staff.models import Official, Organisation

QUESTIONS = "question"  # about the service itself: no letter is in them
OWN = (
    "disposal_act",
    "draft",
    "journal",
    "mailing",
    "table",
    "transfer",
)  # told by its subject, which those whom the act names may read


def tell_of(session: Session, event_id: int) -> int:
    """Tell the people whom an event concerns; how many lines were written now. Done again it writes none."""
    line = session.get(EventLine, event_id)
    if line is None:
        return 0
    document = session.get(Document, line.document_id) if line.document_id else None
    own = line.subject_kind in OWN
    asked = line.subject_id if line.subject_kind == QUESTIONS else None
    written = 0
    for person, message in concerned(session, line):
        reads = document is not None and may_read(session, person, document)
        if not reads and not own and asked is None:
            continue
        values: dict[str, Any] = {"number": document.number if reads and document is not None else ""}
        if own:
            subject = str(line.detail.get("subject") or "")[:200]
            # The line leads to the page of the thing.
            values |= {"subject": subject, "page": line.subject_kind, "id": line.detail.get("page_id", line.subject_id)}
        seen_of = line.document_id if reads else None
        key = f"event:{event_id}:{person}"
        written += tell(session, person, seen_of, message, values, key, question_id=asked)
    return written


def tell_reminders(session: Session, organisation: Organisation) -> int:
    """Write today's reminders of terms; how many lines were written now. Done again on the same day it writes none."""
    written = 0
    for reminder in remind(session, organisation):
        document = session.get_one(Document, reminder.document_id)
        if may_read(session, reminder.official_id, document):
            values = {"number": document.number, "due_on": f"{reminder.due_on:%d.%m.%Y}"}
            written += tell(session, reminder.official_id, reminder.document_id, reminder.message, values, reminder.key)
    return written


def tell(
    session: Session, official_id: int, document_id: int | None, message: str, values: Mapping[str, Any], key: str,
    *, question_id: int | None = None,
) -> int:  # fmt: skip
    """One line, unless it was written before: 1 or 0. Where she chose so it goes by mail too."""
    official = session.get_one(Official, official_id)
    rhythm = rhythm_of(official, message)
    line = insert(Notice).values(
        official_id=official_id, document_id=document_id, message=message, values=dict(values), at=clock.now(),
        source_key=key, question_id=question_id, rhythm=rhythm,
    )  # fmt: skip
    written = session.execute(line.on_conflict_do_nothing().returning(Notice.notice_id)).first() is not None
    if written and rhythm is Rhythm.NOW:
        mailing.soon(session, official)
    return int(written)


def unseen(session: Session, actor: Actor, *, limit: int = 20) -> list[Notice]:
    """What the actor, or the one she stands in for, has not seen, the newest first."""
    found = select(Notice).where(_mine(actor), Notice.seen_at.is_(None))
    return list(session.scalars(found.order_by(Notice.at.desc(), Notice.notice_id.desc()).limit(limit)))


def count_unseen(session: Session, actor: Actor, *, most: int = 99) -> int:
    """How many lines were not seen, counted up to `most`: the mark beside the desk."""
    capped = select(Notice.notice_id).where(_mine(actor), Notice.seen_at.is_(None)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(capped)) or 0


def latest(
    session: Session, actor: Actor, *, before: tuple[datetime, int] | None = None, limit: int = 50
) -> list[Notice]:
    """All lines, seen and unseen, the newest first; `before` is the (at, notice_id) of the last line of a page."""
    found = select(Notice).where(_mine(actor))
    if before is not None:
        at, ident = before
        found = found.where((Notice.at < at) | ((Notice.at == at) & (Notice.notice_id < ident)))
    return list(session.scalars(found.order_by(Notice.at.desc(), Notice.notice_id.desc()).limit(limit)))


def see(session: Session, actor: Actor, *, until: datetime) -> None:
    """Note that the lines up to `until` were seen. A substitute sees them for the absent one too."""
    session.execute(
        update(Notice)
        .where(_mine(actor), Notice.seen_at.is_(None), Notice.at <= until)
        .values(seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _mine(actor: Actor) -> ColumnElement[bool]:
    people = sorted(actor.people)
    return Notice.official_id.in_(people) if people else false()
