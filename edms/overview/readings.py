"""Who opened which letter, when: for those who answer for the register, itself written into the history.

Every opening is an event (once in ten minutes a person). Personal data demand that operations on them are logged and that
the log can be shown; what is shown of it is what its reader may know of: openings of letters within her scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.events import Event, EventLine, Subject, record
from edms.registry.models import Document
from edms.staff.models import Official

CHUNK = 1_000


@dataclass(frozen=True)
class Wanted:
    """From the one moment to before the other; of one letter, of one person."""

    begins: datetime
    ends: datetime
    document_id: int | None = None
    official_id: int | None = None


@dataclass(frozen=True)
class Reading:
    """One opening: who, in whose place, when, which letter."""

    line: EventLine
    document: Document
    who: Official
    absent: Official | None


def readings(
    session: Session, actor: Actor, wanted: Wanted, *, before: int | None = None, limit: int = 50
) -> list[Reading]:
    """The openings, the newest first; `before` is the last line's event_id. Errors: Forbidden."""
    require(actor, Permission.READINGS_READ)
    absent = aliased(Official)
    found = (
        select(EventLine, Document, Official, absent)
        .join(Document, Document.document_id == EventLine.document_id)
        .join(Official, Official.official_id == EventLine.official_id)
        .join(absent, absent.official_id == EventLine.acting_for_id, isouter=True)
        .where(own_organisation(actor, EventLine.organisation_id), EventLine.kind == Event.DOCUMENT_READ)
        .where(EventLine.at >= wanted.begins, EventLine.at < wanted.ends, visible(actor, Document.readers))
    )
    if wanted.document_id is not None:
        found = found.where(EventLine.document_id == wanted.document_id)
    if wanted.official_id is not None:
        whose = (EventLine.official_id, EventLine.acting_for_id)
        found = found.where(or_(*(column == wanted.official_id for column in whose)))
    if before is not None:
        found = found.where(EventLine.event_id < before)
    rows = session.execute(found.order_by(EventLine.event_id.desc()).limit(limit)).all()
    return [Reading(*row) for row in rows]


def every(session: Session, actor: Actor, wanted: Wanted) -> Iterator[Reading]:
    """All of them, chunk by chunk: memory does not grow with the period. Errors: Forbidden."""
    require(actor, Permission.READINGS_READ)
    return _every(session, actor, wanted)


def _every(session: Session, actor: Actor, wanted: Wanted) -> Iterator[Reading]:
    before: int | None = None
    while rows := readings(session, actor, wanted, before=before, limit=CHUNK):
        yield from rows
        before = rows[-1].line.event_id
        session.expunge_all()


def told(session: Session, actor: Actor, wanted: Wanted, *, form: str, lines: int) -> None:
    """Write into the history that somebody looked at the openings, or took them away as a table."""
    detail = {
        "begins": wanted.begins.isoformat(), "ends": wanted.ends.isoformat(), "official_id": wanted.official_id,
        "form": form, "lines": lines,
    }  # fmt: skip
    record(
        session, actor, Event.READINGS_SHOWN, Subject("readings", wanted.document_id, document_id=wanted.document_id),
        organisation_id=actor.organisation_id, detail=detail,
    )  # fmt: skip
