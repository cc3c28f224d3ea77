"""Control of execution (D414 art. 42, 44): put on, listed, and taken off on instruction only.

Taken off only after execution and after the correspondent was told, on a leader's word, with the reason. A final reply
that went out proposes it; it never does it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.errors import Invalid, RuleBroken
from edms.events import Event, EventLine, record
from edms.registry.models import Dispatch, Document, DocumentLink
from edms.registry.words import DispatchState, DocumentState, LinkKind
from edms.routing import people
from edms.routing.clocks import STANDS, day_of_term, today_of
from edms.routing.control_counts import ANSWERED
from edms.routing.matter import hold, require_open, subject
from edms.routing.models import Control
from edms.routing.submission import text_of


def put(session: Session, actor: Actor, document: Document, *, due_on: date | None = None) -> Control:
    """Put a document under control until `due_on`, by default its legal term, while that stands the day it had. Done
    again it moves the day.

    Errors: Invalid without any day, or for one gone by; RuleBroken on a filed document.
    """
    require(actor, Permission.CONTROL_PUT, document)
    document = hold(session, document.document_id)
    require_open(document)
    day = due_on or day_of_term(document)
    if day is None:
        raise Invalid(fields={"due_on": "routing.control_needs_day"})
    if due_on is not None and due_on < today_of(session, document):
        raise Invalid(fields={"due_on": "routing.due_in_the_past"})
    control = _standing(session, document)
    if control is None:
        control = Control(document_id=document.document_id, organisation_id=document.organisation_id)
        session.add(control)
    before = control.due_on if control.put_at is not None and control.removed_at is None else None
    control.due_on, control.put_at, control.put_by_id = day, clock.now(), actor.official_id
    control.removed_at = control.removed_by_id = control.instructed_by_id = None
    control.instruction = control.notified = control.reminded_on = None
    document.on_control = True
    session.flush()  # the event carries its id
    record(
        session,
        actor,
        Event.CONTROL_PUT,
        subject(document, "control", control.control_id),
        organisation_id=document.organisation_id,
        detail={"due_on": day.isoformat(), "before": before.isoformat() if before else None},
        facts={"number": document.number, "due_on": day.isoformat()},
    )
    return control


def remove(
    session: Session,
    actor: Actor,
    document: Document,
    *,
    instructed_by: int,
    reason: str,
    notified: str | None = None,
) -> None:
    """Take a document off control on the word of the leader `instructed_by` (an official_id).

    `notified` says how the correspondent was told where no final reply was sent from here. Errors: RuleBroken before
    execution or notification, Invalid without a reason or when the person named does not lead.
    """
    require(actor, Permission.CONTROL_REMOVE, document)
    document = hold(session, document.document_id)
    control = _standing(session, document)
    if control is None or control.removed_at is not None:
        raise RuleBroken("routing.not_on_control", number=document.number)
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    on = today_of(session, document)
    leader = people.officials(session, document.organisation_id, [instructed_by], on, field="instructed_by")[
        instructed_by
    ]
    if not people.is_leader(session, leader, on):
        raise Invalid(fields={"instructed_by": "routing.not_a_leader"})
    if document.state in (DocumentState.REGISTERED, DocumentState.SUBMITTED, DocumentState.IN_EXECUTION):
        raise RuleBroken("routing.control_not_executed", number=document.number)
    notified = text_of(notified, "notified")
    if document.kind.comes_in and notified is None and notified_by(session, document) is None:
        raise RuleBroken("routing.control_not_notified", number=document.number)
    control.removed_at, control.removed_by_id = clock.now(), actor.official_id
    control.instructed_by_id, control.instruction, control.notified = instructed_by, reason, notified
    document.on_control = False
    record(
        session,
        actor,
        Event.CONTROL_REMOVED,
        subject(document, "control", control.control_id),
        organisation_id=document.organisation_id,
        detail={"instructed_by": instructed_by, "reason": reason, "notified": notified},
        facts={"number": document.number, "instructed_by": instructed_by, "reason": reason},
    )


def propose_closing(session: Session, actor: Actor, document: Document, reply: Document) -> bool:
    """Propose the letter for closing because its final reply went out; the same reply proposes once.

    People decide: the executor reports, the author accepts, the leader takes it off control. True if it was news.
    """
    document = hold(session, document.document_id)
    control = _standing(session, document)
    if control is not None and control.removed_at is None and control.closing_proposed_at is None:
        control.closing_proposed_at = clock.now()
    if document.state is DocumentState.FILED or _proposed(session, document, reply):
        return False
    record(
        session,
        actor,
        Event.CLOSING_PROPOSED,
        subject(document, "document", document.document_id),
        organisation_id=document.organisation_id,
        detail={"reply": reply.document_id, "number": reply.number},
    )
    return True


def notified_by(session: Session, document: Document) -> Document | None:
    """The final reply that was sent to the correspondent, if any."""
    found = (
        select(Document)
        .join(DocumentLink, DocumentLink.document_id == Document.document_id)
        .join(Dispatch, Dispatch.document_id == Document.document_id)
        .where(
            DocumentLink.other_id == document.document_id,
            DocumentLink.kind == LinkKind.REPLY_TO,
            Document.final.is_not(False),
            Dispatch.state.in_((DispatchState.SENT, DispatchState.SERVED)),
        )
    )
    return session.scalar(found.order_by(Document.document_id.desc()).limit(1))


class Which(TypedDict, total=False):
    """Which of what stands under control: `overdue_on` keeps what was due before that day, `since` and `until` what falls
    due from and by it (what is of a letter whose legal term stands has no day), `answered` what was answered and waits
    for the word to close (or, when false, what was not), `stands` that whose letter's term stands (or not), `unit_id` and `official_id` what lies there now."""

    overdue_on: date | None
    since: date | None
    until: date | None
    answered: bool | None
    stands: bool | None
    unit_id: int | None
    official_id: int | None


def list_controlled(
    session: Session, actor: Actor, *, after: tuple[date, int] | None = None, limit: int = 50, **which: Unpack[Which]
) -> list[tuple[Control, Document]]:
    """What stands under control in the actor's organisation, the most urgent first; `after` is the (due_on, control_id)
    of the last line before."""
    require(actor, Permission.CONTROL_READ)
    found = _controlled(select(Control, Document), actor, which)
    if after is not None:
        day, ident = after
        found = found.where(or_(Control.due_on > day, and_(Control.due_on == day, Control.control_id > ident)))
    rows = session.execute(found.order_by(Control.due_on, Control.control_id).limit(limit)).all()
    return [(control, document) for control, document in rows]


def count_controlled(session: Session, actor: Actor, **which: Unpack[Which]) -> int:
    """How many that list has in all."""
    require(actor, Permission.CONTROL_READ)
    return session.scalar(_controlled(select(func.count()).select_from(Control), actor, which)) or 0


def _controlled(found: Any, actor: Actor, which: Which) -> Any:
    conditions: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "overdue_on": lambda day: and_(Control.due_on < day, ~STANDS),
        "since": lambda day: and_(Control.due_on >= day, ~STANDS),
        "until": lambda day: and_(Control.due_on <= day, ~STANDS),
        "answered": lambda wanted: ANSWERED if wanted else ~ANSWERED,
        "stands": lambda wanted: STANDS if wanted else ~STANDS,
        "unit_id": lambda ident: Document.unit_id == ident,
        "official_id": lambda ident: Document.responsible_id == ident,
    }
    return found.join(Document, Document.document_id == Control.document_id).where(
        own_organisation(actor, Control.organisation_id),
        Control.removed_at.is_(None),
        visible(actor, Document.readers),
        *(conditions[name](value) for name, value in which.items() if value is not None),
    )


def _standing(session: Session, document: Document) -> Control | None:
    return session.scalar(select(Control).where(Control.document_id == document.document_id))


def _proposed(session: Session, document: Document, reply: Document) -> bool:
    lines = session.scalars(
        select(EventLine).where(EventLine.document_id == document.document_id, EventLine.kind == Event.CLOSING_PROPOSED)
    )
    return any(line.detail.get("reply") == reply.document_id for line in lines)
