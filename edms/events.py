"""The history: every act and every reading, append-only, with what must happen next.

`record()` writes the event, its ledger leaf where the act changes the register, and the jobs that FOLLOW_UPS names,
all in the caller's transaction. Rooms call down; what happens upstairs happens because an event posted a job.
The application's database role can neither change nor delete an event; there is no foreign key from here to any
subject, so that the history outlives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, Session

from edms import clock, ledger
from edms.access.actor import Actor
from edms.db.base import Base, key, word
from edms.jobs import Job, Kind, defer_all


class Event(StrEnum):
    """What can happen, as subject:participle. Alphabetical; docs/glossary.md explains the subjects."""

    ARRIVAL_ENDED = "arrival:ended"
    ARRIVAL_JOINED = "arrival:joined"
    ARRIVAL_RECEIVED = "arrival:received"
    ARRIVAL_SCANNED = "arrival:scanned"
    ASSIGNMENT_ACCEPTED = "assignment:accepted"
    ASSIGNMENT_ACQUAINTED = "assignment:acquainted"
    ASSIGNMENT_OPENED = "assignment:opened"
    ASSIGNMENT_REPORTED = "assignment:reported"
    ASSIGNMENT_RETURNED = "assignment:returned"
    CASE_FILE_CLOSED = "case-file:closed"
    CASE_FILE_OPENED = "case-file:opened"
    CASE_INDEX_CHANGED = "case-index:changed"
    CLOSING_PROPOSED = "closing:proposed"
    CONTENT_ADDED = "content:added"
    CONTENT_WITHDRAWN = "content:withdrawn"
    CONTROL_PUT = "control:put"
    CONTROL_REMOVED = "control:removed"
    CORRESPONDENT_CHANGED = "correspondent:changed"
    CORRESPONDENT_ENTERED = "correspondent:entered"
    CORRESPONDENT_MERGED = "correspondent:merged"
    DISPATCH_ASKED = "dispatch:asked"
    DISPATCH_FAILED = "dispatch:failed"
    DISPATCH_RETURNED = "dispatch:returned"
    DISPATCH_SENT = "dispatch:sent"
    DISPATCH_SERVED = "dispatch:served"
    DISPATCH_TAKEN_BACK = "dispatch:taken-back"
    DOCUMENT_CORRECTED = "document:corrected"
    DOCUMENT_EXECUTED = "document:executed"
    DOCUMENT_FILED = "document:filed"
    DOCUMENT_LINKED = "document:linked"
    DOCUMENT_READ = "document:read"
    DOCUMENT_REGISTERED = "document:registered"
    DOCUMENT_REOPENED = "document:reopened"
    DOCUMENT_SIGNED = "document:signed"
    DOCUMENT_SUBMITTED = "document:submitted"
    DOCUMENT_UNLINKED = "document:unlinked"
    DRAFT_BEGUN = "draft:begun"
    DRAFT_REFUSED = "draft:refused"
    DRAFT_SAVED = "draft:saved"
    DRAFT_SENT_TO_SIGN = "draft:sent-to-sign"
    DRAFT_SENT_TO_VISAS = "draft:sent-to-visas"
    DRAFT_WITHDRAWN = "draft:withdrawn"
    EXTENSION_ASKED = "extension:asked"
    EXTENSION_GRANTED = "extension:granted"
    EXTENSION_REFUSED = "extension:refused"
    LEDGER_DISTURBED = "ledger:disturbed"
    NUMBER_RESERVED = "number:reserved"
    NUMBER_VOIDED = "number:voided"
    OFFICIAL_CHANGED = "official:changed"
    OFFICIAL_ENTERED = "official:entered"
    ORGANISATION_CHANGED = "organisation:changed"
    PASSWORD_CHANGED = "password:changed"
    REGISTER_CHANGED = "register:changed"
    REGISTER_OPENED = "register:opened"
    REMINDER_SENT = "reminder:sent"
    REPLY_MARKED = "reply:marked"
    RESOLUTION_CANCELLED = "resolution:cancelled"
    RESOLUTION_ISSUED = "resolution:issued"
    ROLE_GRANTED = "role:granted"
    ROLE_WITHDRAWN = "role:withdrawn"
    SECOND_FACTOR_CHANGED = "second-factor:changed"
    SIGNATURE_FAILED = "signature:failed"
    SIGNED_IN = "sign-in:made"
    SIGNED_OUT = "sign-in:ended"
    SIGNING_KEY_CHANGED = "signing-key:changed"
    SIGN_IN_REFUSED = "sign-in:refused"
    SUBMISSION_GIVEN_BACK = "submission:given-back"
    SUBMISSION_WITHDRAWN = "submission:withdrawn"
    SUBSTITUTION_ENDED = "substitution:ended"
    SUBSTITUTION_ENTERED = "substitution:entered"
    TERM_RECOUNTED = "term:recounted"
    TOKEN_CREATED = "token:created"
    TOKEN_REVOKED = "token:revoked"
    UNIT_CHANGED = "unit:changed"
    VISA_AGREED = "visa:agreed"
    VISA_REMARKED = "visa:remarked"


# Acts on the register: each becomes a leaf of the ledger, in the same transaction.
LEDGERED = frozenset(
    {
        Event.ARRIVAL_ENDED,
        Event.ARRIVAL_JOINED,
        Event.ARRIVAL_RECEIVED,
        Event.ARRIVAL_SCANNED,
        Event.CASE_FILE_CLOSED,
        Event.CONTENT_ADDED,
        Event.CONTENT_WITHDRAWN,
        Event.CONTROL_PUT,
        Event.CONTROL_REMOVED,
        Event.DISPATCH_RETURNED,
        Event.DISPATCH_SENT,
        Event.DISPATCH_SERVED,
        Event.DOCUMENT_CORRECTED,
        Event.DOCUMENT_EXECUTED,
        Event.DOCUMENT_FILED,
        Event.DOCUMENT_REGISTERED,
        Event.DOCUMENT_REOPENED,
        Event.DOCUMENT_SIGNED,
        Event.DOCUMENT_SUBMITTED,
        Event.NUMBER_RESERVED,
        Event.NUMBER_VOIDED,
        Event.REGISTER_CHANGED,
        Event.REGISTER_OPENED,
        Event.REPLY_MARKED,
        Event.RESOLUTION_CANCELLED,
        Event.RESOLUTION_ISSUED,
    }
)

# What follows what: the jobs an event posts, and whose id they carry ("document", "event" or "subject").
FOLLOW_UPS: Mapping[Event, tuple[tuple[Kind, str], ...]] = {
    Event.ARRIVAL_RECEIVED: ((Kind.LOOK_INSIDE, "content"),),
    Event.ARRIVAL_SCANNED: ((Kind.LOOK_INSIDE, "content"),),
    Event.ARRIVAL_JOINED: ((Kind.INDEX, "document"),),
    Event.ASSIGNMENT_ACCEPTED: ((Kind.INDEX, "document"), (Kind.NOTIFY, "event")),
    Event.ASSIGNMENT_OPENED: ((Kind.NOTIFY, "event"),),
    Event.ASSIGNMENT_REPORTED: ((Kind.NOTIFY, "event"),),
    Event.ASSIGNMENT_RETURNED: ((Kind.NOTIFY, "event"),),
    Event.CONTENT_ADDED: ((Kind.LOOK_INSIDE, "content"), (Kind.INDEX, "document")),
    Event.CONTENT_WITHDRAWN: ((Kind.INDEX, "document"),),
    Event.CONTROL_REMOVED: ((Kind.NOTIFY, "event"),),
    Event.DISPATCH_ASKED: ((Kind.DISPATCH, "subject"),),
    Event.DISPATCH_FAILED: ((Kind.NOTIFY, "event"),),
    Event.DISPATCH_SENT: ((Kind.PROPOSE_CLOSING, "document"), (Kind.INDEX, "document")),
    Event.DISPATCH_RETURNED: ((Kind.NOTIFY, "event"),),
    Event.DOCUMENT_CORRECTED: ((Kind.INDEX, "document"),),
    Event.DOCUMENT_EXECUTED: ((Kind.INDEX, "document"),),
    Event.DOCUMENT_FILED: ((Kind.INDEX, "document"),),
    Event.DOCUMENT_REGISTERED: ((Kind.INDEX, "document"), (Kind.NOTIFY, "event")),
    Event.DOCUMENT_REOPENED: ((Kind.INDEX, "document"),),
    Event.DOCUMENT_SIGNED: ((Kind.LOOK_INSIDE, "content"), (Kind.INDEX, "document"), (Kind.NOTIFY, "event")),
    Event.DOCUMENT_SUBMITTED: ((Kind.NOTIFY, "event"), (Kind.INDEX, "document")),
    Event.CLOSING_PROPOSED: ((Kind.NOTIFY, "event"),),
    Event.DRAFT_REFUSED: ((Kind.NOTIFY, "event"),),
    Event.DRAFT_SENT_TO_SIGN: ((Kind.NOTIFY, "event"),),
    Event.DRAFT_SENT_TO_VISAS: ((Kind.NOTIFY, "event"),),
    Event.EXTENSION_ASKED: ((Kind.NOTIFY, "event"),),
    Event.EXTENSION_GRANTED: ((Kind.NOTIFY, "event"),),
    Event.EXTENSION_REFUSED: ((Kind.NOTIFY, "event"),),
    Event.REPLY_MARKED: ((Kind.PROPOSE_CLOSING, "document"), (Kind.INDEX, "document")),
    Event.RESOLUTION_CANCELLED: ((Kind.NOTIFY, "event"), (Kind.INDEX, "document")),
    Event.RESOLUTION_ISSUED: ((Kind.NOTIFY, "event"), (Kind.INDEX, "document")),
    Event.SIGNATURE_FAILED: ((Kind.NOTIFY, "event"),),
    Event.SUBMISSION_GIVEN_BACK: ((Kind.NOTIFY, "event"),),
    Event.TERM_RECOUNTED: ((Kind.INDEX, "document"),),
    Event.VISA_AGREED: ((Kind.NOTIFY, "event"),),
    Event.VISA_REMARKED: ((Kind.NOTIFY, "event"),),
}


class EventLine(Base):
    """One line of the history. `detail` may hold personal data (old values of a correction); the ledger never does."""

    __tablename__ = "event"
    event_id: Mapped[key]
    at: Mapped[datetime]
    kind: Mapped[Event] = word(Event)
    organisation_id: Mapped[int | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    document_id: Mapped[int | None]
    official_id: Mapped[int | None]  # whose hand
    acting_for_id: Mapped[int | None]  # in whose place, under her own name (D414 art. 28)
    detail: Mapped[dict[str, Any]]
    leaf_id: Mapped[int | None]
    request_id: Mapped[str | None]
    __table_args__ = (
        Index("ix_event_document_id", "document_id", "event_id"),
        Index("ix_event_subject", "subject_kind", "subject_id", "event_id"),
        Index("ix_event_official_id", "official_id", "event_id"),
        # What was received on a day, against which arrivals are reconciled.
        Index("ix_event_received", "organisation_id", "at", postgresql_where=text("kind = 'arrival:received'")),
    )


@dataclass(frozen=True)
class Subject:
    """What an event is about, and whose ids its follow-up jobs carry."""

    kind: str
    id: int | None
    document_id: int | None = None
    content_id: int | None = None
    arrival_id: int | None = None


def record(
    session: Session,
    actor: Actor,
    event: Event,
    subject: Subject,
    *,
    organisation_id: int | None,
    detail: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> EventLine:
    """Write that `event` happened, with its leaf and its follow-up jobs.

    `facts` are what the leaf commits to (salted, kept beside the card); an act on the register must have them.
    `not_before` delays the telling of people (the ten seconds of Undo), nothing else.
    """
    at = clock.now()
    leaf_id = None
    if event in LEDGERED:
        if facts is None:
            raise ValueError(f"{event} is an act on the register and needs its facts")
        leaf_id = ledger.append(
            session,
            act=event.value,
            organisation_id=organisation_id,
            at=at,
            facts={"subject": subject.kind, "id": subject.id, **facts},
            document_id=subject.document_id,
            arrival_id=subject.arrival_id,
        ).leaf_id
    line = EventLine(
        at=at,
        kind=event,
        organisation_id=organisation_id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        document_id=subject.document_id,
        official_id=actor.official_id,
        acting_for_id=actor.acting_for,
        detail=dict(detail or {}),
        leaf_id=leaf_id,
        request_id=actor.request_id,
    )
    session.add(line)
    session.flush()  # the jobs carry the line's id
    ids = {
        "event": line.event_id,
        "document": subject.document_id,
        "content": subject.content_id,
        "subject": subject.id,
    }
    follow = [
        Job(kind, subject_id, at=not_before if kind in (Kind.NOTIFY, Kind.DISPATCH) else None)
        for kind, whose in FOLLOW_UPS.get(event, ())
        if (subject_id := ids[whose]) is not None
    ]
    defer_all(session, follow, organisation_id=organisation_id)
    return line
