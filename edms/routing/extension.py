"""More time: asked by the executor in writing and with a reason, given or refused by the author of the resolution.

Asked at least three days before the due date (domain rules of office); a later request is allowed but marked. Only who
set the term may change it (D414 art. 43): the author, or who acts for her.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document
from edms.routing.clocks import today_of
from edms.routing.matter import hold, matter, require_open, subject
from edms.routing.models import Assignment, Control, Extension, ExtensionState, Purpose, Resolution
from edms.routing.submission import text_of
from edms.routing.turns import AT_WORK, work_of

DAYS_BEFORE = 3


def ask(session: Session, actor: Actor, assignment: Assignment, *, wanted: date, reason: str) -> Extension:
    """Ask the author for more time, until `wanted`.

    Errors: Invalid without a reason, for a day not after the due date or past the legal term; RuleBroken when not at
    work or asked already.
    """
    require(actor, Permission.ASSIGNMENT_REPORT, assignment)
    document = hold(session, assignment.document_id, assignment)
    require_open(document)
    if assignment.state not in AT_WORK or assignment.purpose is not Purpose.EXECUTE:
        raise RuleBroken("routing.not_at_work", state=assignment.state.value)
    if asked(session, assignment) is not None:
        raise RuleBroken("routing.extension_asked_already")
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    today = today_of(session, document)
    _check_day(document, assignment, wanted, today)
    if actor.official_id is None:
        raise Forbidden("access.refused", permission=Permission.ASSIGNMENT_REPORT.value)
    due = assignment.due_on
    extension = Extension(
        assignment_id=assignment.assignment_id,
        asked_at=clock.now(),
        asked_by_id=actor.official_id,
        reason=reason,
        due_before=due,
        due_wanted=wanted,
        late=due is not None and today > due - timedelta(days=DAYS_BEFORE),
        state=ExtensionState.ASKED,
    )
    session.add(extension)
    session.flush()  # the event carries its id
    _record(session, actor, Event.EXTENSION_ASKED, document, assignment, extension)
    return extension


def grant(
    session: Session, actor: Actor, extension: Extension, *, until: date | None = None, remark: str | None = None
) -> None:
    """Give the time asked for, or until another day. The control follows where it stood on the same day.

    Errors: Forbidden to others than the author, RuleBroken when it was answered, Invalid for an impossible day.
    """
    assignment, resolution, document = _answering(session, actor, extension)
    on = until or extension.due_wanted
    _check_day(document, assignment, on, today_of(session, document))
    before = assignment.due_on
    assignment.due_on, assignment.stands_since = on, None
    if all(a.due_on == on for a in work_of(resolution)):
        resolution.due_on = on
    control = session.scalar(
        select(Control).where(Control.document_id == document.document_id, Control.removed_at.is_(None))
    )
    if control is not None and control.due_on == before and assignment.responsible:
        control.due_on = on
    _answer(actor, extension, ExtensionState.GRANTED, text_of(remark, "remark"))
    _record(session, actor, Event.EXTENSION_GRANTED, document, assignment, extension, until=on)


def refuse(session: Session, actor: Actor, extension: Extension, *, remark: str) -> None:
    """Refuse more time, with the reason. Errors: as `grant`."""
    assignment, _, document = _answering(session, actor, extension)
    if not (remark := text_of(remark, "remark") or ""):
        raise Invalid(fields={"remark": "routing.remark_missing"})
    _answer(actor, extension, ExtensionState.REFUSED, remark)
    _record(session, actor, Event.EXTENSION_REFUSED, document, assignment, extension)


def asked(session: Session, assignment: Assignment) -> Extension | None:
    """The request on this assignment that waits for its answer, if any."""
    return session.scalar(
        select(Extension).where(
            Extension.assignment_id == assignment.assignment_id, Extension.state == ExtensionState.ASKED
        )
    )


def _check_day(document: Document, assignment: Assignment, wanted: date, today: date) -> None:
    if wanted < today or (assignment.due_on is not None and wanted <= assignment.due_on):
        raise Invalid(fields={"wanted": "routing.extension_not_longer"})
    if document.due_on is not None and today <= document.due_on < wanted:
        raise Invalid("routing.due_beyond_term", fields={"wanted": "routing.due_beyond_term"}, limit=document.due_on)


def _answering(session: Session, actor: Actor, extension: Extension) -> tuple[Assignment, Resolution, Document]:
    assignment = session.get_one(Assignment, extension.assignment_id)
    resolution = session.get_one(Resolution, assignment.resolution_id)
    document = hold(session, assignment.document_id, extension, assignment, resolution)
    require(actor, Permission.TERM_EXTEND, matter(document, author_id=resolution.judge_id))
    require_open(document)
    if extension.state is not ExtensionState.ASKED:
        raise RuleBroken("routing.extension_answered", state=extension.state.value)
    return assignment, resolution, document


def _answer(actor: Actor, extension: Extension, state: ExtensionState, remark: str | None) -> None:
    extension.state, extension.remark = state, remark
    extension.answered_at, extension.answered_by_id = clock.now(), actor.official_id


def _record(
    session: Session,
    actor: Actor,
    event: Event,
    document: Document,
    assignment: Assignment,
    extension: Extension,
    *,
    until: date | None = None,
) -> None:
    record(
        session,
        actor,
        event,
        subject(document, "assignment", assignment.assignment_id),
        organisation_id=document.organisation_id,
        detail={
            "extension": extension.extension_id,
            "official": assignment.official_id,
            "before": extension.due_before.isoformat() if extension.due_before else None,
            "wanted": extension.due_wanted.isoformat(),
            "until": until.isoformat() if until else None,
            "reason": extension.reason,
            "late": extension.late,
            "remark": extension.remark,
        },
    )
