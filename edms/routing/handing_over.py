"""Handing over what one person holds to another: on leave, illness or dismissal nothing stays with nobody.

The work goes on as it stood: its day, its reports, what was delegated under it. Who leads the person decides, or she
herself in favour of those who stand in for her; everyone concerned is told, and the history keeps both names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.intake.models import DocumentIntake
from edms.registry.models import Document
from edms.routing import people
from edms.routing.conflicts import require_none
from edms.routing.matter import hold, require_open, subject
from edms.routing.models import (
    Assignment,
    AssignmentState,
    Control,
    Resolution,
    ResolutionState,
    Submission,
    SubmissionState,
)
from edms.routing.submission import require_waiting, text_of, waiting_before
from edms.routing.turns import UNFINISHED, drop, go_on, settle
from edms.routing.undo import open_to
from edms.staff.models import Official, Substitution

LEADERS = (Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR)


@dataclass(frozen=True)
class Change:
    """From whom, to whom, and why: checked once by `agreed`."""

    giver: Official
    receiver: Official
    reason: str


def require_may(session: Session, actor: Actor, giver: Official) -> None:
    """Refuse who neither leads the person nor is she. Errors: Forbidden."""
    require(actor, Permission.WORK_HAND_OVER, giver)
    if giver.official_id != actor.official_id and not leads(session, actor, giver):
        raise Forbidden("access.refused", permission=Permission.WORK_HAND_OVER.value)


def leads(session: Session, actor: Actor, official: Official) -> bool:
    """Does the actor lead the person's unit or the house, or stand above her?"""
    if any(actor.has(role, official.organisation_id, official.unit_id) for role in LEADERS):
        return True
    return any(person in actor.people for person in people.above(session, official.official_id))


def receivers(session: Session, actor: Actor, giver: Official) -> list[Official]:
    """To whom the actor may give it: whom she leads, or who stands in for her now or soon."""
    today = clock.today(actor.time_zone)
    here = session.scalars(
        select(Official).where(
            Official.organisation_id == giver.organisation_id, Official.official_id != giver.official_id
        )
    )
    works = [p for p in here if p.left_on is None or p.left_on > today]
    if giver.official_id == actor.official_id and not any(leads(session, actor, p) for p in works):
        standing = _standing_in(session, giver)
        return [p for p in works if p.official_id in standing]
    return [p for p in works if p.official_id in actor.people or leads(session, actor, p)]


def agreed(session: Session, actor: Actor, giver: Official, *, to: int, reason: str) -> Change:
    """The change, if the actor may make it. Errors: Forbidden, Invalid at "to" or "reason"."""
    require_may(session, actor, giver)
    receiver = next((p for p in receivers(session, actor, giver) if p.official_id == to), None)
    if receiver is None:
        raise Invalid(fields={"to": "routing.cannot_receive"})
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    return Change(giver, receiver, reason)


def assignment(session: Session, actor: Actor, work: Assignment, change: Change) -> None:
    """Give her work to the other, as it stands; one who has work under that resolution already takes the lead of it."""
    document = _held(session, work.document_id, work, work.official_id, change)
    if work.state not in UNFINISHED:
        raise RuleBroken("routing.not_at_work", state=work.state.value)
    resolution = session.get_one(Resolution, work.resolution_id)
    own = next((a for a in resolution.assignments if _same(a, work, change)), None)
    if own is not None:
        own.responsible = own.responsible or work.responsible
        work.responsible = False
        _below(session, work, change, parent=own)
        drop(session, work, at=clock.now(), by=actor.official_id, reason=change.reason)
    else:
        work.official_id, work.read_at = change.receiver.official_id, None
        if work.state is AssignmentState.GIVEN_BACK:
            work.state, work.opened_at, work.end_reason = AssignmentState.OPEN, clock.now(), None
            work.ended_at = work.ended_by_id = None
        _below(session, work, change)
    detail = {"resolution": work.resolution_id, "author": resolution.judge_id}
    _record(session, actor, Event.ASSIGNMENT_HANDED_OVER, document, "assignment", work.assignment_id, change, detail)
    settle(session, actor, document, resolution)


def submission(session: Session, actor: Actor, lying: Submission, change: Change) -> None:
    """Lay what waits before her before the other instead; if it lies there already, it lies there once."""
    document = _held(session, lying.document_id, lying, lying.official_id, change)
    require_waiting(lying)
    if waiting_before(session, document, change.receiver.official_id) is not None:
        lying.state, lying.end_reason = SubmissionState.WITHDRAWN, change.reason
        lying.ended_at, lying.ended_by_id = clock.now(), actor.official_id
    else:
        lying.official_id = change.receiver.official_id
    detail = {"author": lying.submitted_by_id}
    _record(session, actor, Event.SUBMISSION_HANDED_OVER, document, "submission", lying.submission_id, change, detail)
    go_on(session, actor, document)


def resolution(session: Session, actor: Actor, made: Resolution, change: Change) -> None:
    """Let the other judge what comes of her resolution; its author stays who she was."""
    document = _held(session, made.document_id, made, made.judge_id, change)
    if made.state is not ResolutionState.OPEN:
        raise RuleBroken("routing.resolution_ended", state=made.state.value)
    made.taken_over_by_id = change.receiver.official_id
    _record(session, actor, Event.RESOLUTION_HANDED_OVER, document, "resolution", made.resolution_id, change, {})


def control(session: Session, actor: Actor, row: Control, change: Change) -> None:
    """Let the other watch its term."""
    document = _held(session, row.document_id, row, row.put_by_id, change)
    if row.removed_at is not None:
        raise RuleBroken("routing.not_on_control", number=document.number)
    row.put_by_id = change.receiver.official_id
    _record(session, actor, Event.CONTROL_HANDED_OVER, document, "control", row.control_id, change, {})


def envelope(session: Session, actor: Actor, intake: DocumentIntake, change: Change) -> None:
    """Let the other open a closed envelope; it stays closed, and what lies in it is known to nobody."""
    document = _held(session, intake.document_id, intake, intake.opens_id, change)
    if intake.envelope is None or intake.opened_at is not None:
        raise RuleBroken("routing.envelope_is_open", number=document.number)
    intake.opens_id = change.receiver.official_id
    _record(session, actor, Event.ENVELOPE_HANDED_OVER, document, "document", document.document_id, change, {})


def _held(session: Session, document_id: int, thing: object, holder: int | None, change: Change) -> Document:
    document = hold(session, document_id, thing)
    require_open(document)
    require_none(session, document, [change.receiver.official_id], field="to")
    if holder != change.giver.official_id:
        raise RuleBroken("routing.not_hers_any_more", number=document.number)
    return document


def _same(other: Assignment, work: Assignment, change: Change) -> bool:
    return (
        other is not work
        and other.official_id == change.receiver.official_id
        and other.purpose is work.purpose
        and other.state in UNFINISHED
    )


def _below(session: Session, work: Assignment, change: Change, parent: Assignment | None = None) -> None:
    """What she delegated under it is answered to whoever has it now."""
    below = select(Resolution).where(
        Resolution.parent_assignment_id == work.assignment_id, Resolution.state == ResolutionState.OPEN
    )
    for made in session.scalars(below).all():
        made.taken_over_by_id = change.receiver.official_id
        if parent is not None:
            made.parent_assignment_id = parent.assignment_id
    session.flush()  # what hangs under it is read from the database


def _standing_in(session: Session, absent: Official) -> set[int]:
    today = clock.today(absent.organisation.time_zone)
    found = select(Substitution.substitute_id).where(
        Substitution.absent_id == absent.official_id,
        Substitution.ended_at.is_(None),
        Substitution.until_on >= today,
    )
    return set(session.scalars(found))


def _record(
    session: Session,
    actor: Actor,
    event: Event,
    document: Document,
    kind: str,
    ident: int,
    change: Change,
    detail: Mapping[str, object],
) -> None:
    who = {"official": change.giver.official_id, "to": change.receiver.official_id}
    newly = open_to(document, [change.receiver.official_id])
    record(
        session,
        actor,
        event,
        subject(document, kind, ident),
        organisation_id=document.organisation_id,
        detail={**who, "reason": change.reason, "newly_read": newly, **detail},
        facts={"number": document.number, **who, "reason": change.reason},
    )
