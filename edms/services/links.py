"""What the end of a step does to a case of another service that this one names by its number."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.events import Event
from edms.registry.models import Document
from edms.routing import matter, suspending
from edms.services import facts, holding
from edms.services.definition import Route, Step
from edms.services.kinds import Effect
from edms.services.models import Case, CaseState, StepState
from edms.terms.term import Cause


def effects(session: Session, actor: Actor, case: Case, document: Document, route: Route, step: Step) -> None:
    """Let the step have its effects. A number that no running case of this organisation has, has none."""
    if not step.effects:
        return
    values = facts.values(session, case)
    for effect in step.effects:
        other = _named(session, case, str(values.get(effect.field) or ""), route.fields[effect.field].of)
        if other is None:
            continue
        letter = matter.hold(session, other.document_id)
        reason = document.number
        match effect.effect:
            case Effect.SUSPEND:
                suspending.stand(session, actor, letter, cause=Cause.APPEAL, reason=reason)
            case Effect.RESUME:
                suspending.run_on(session, actor, letter, cause=Cause.APPEAL)
            case Effect.CLOSE:
                close(session, actor, other, letter, reason=reason)


def close(session: Session, actor: Actor, case: Case, document: Document, *, reason: str) -> None:
    """Break a case off: its open steps are left, nothing is undone. The caller has locked it and asks who may."""
    for row in case.steps:
        if row.state is StepState.OPEN:
            row.state, row.ended_at, row.wakes_on = StepState.LEFT, clock.now(), None
    case.state, case.ended_at, case.end_reason = CaseState.BROKEN_OFF, clock.now(), reason
    said = {"reason": reason}
    holding.note(session, actor, Event.CASE_BROKEN_OFF, case, document, said, facts=said)


def _named(session: Session, case: Case, number: str, service: str | None) -> Case | None:
    found = (
        select(Case)
        .join(Document, Document.document_id == Case.document_id)
        .where(
            Case.organisation_id == case.organisation_id,
            Case.state == CaseState.RUNNING,
            Case.case_id != case.case_id,
            Document.number == number,
        )
    )
    if service is not None:
        found = found.where(Case.service == service)
    return session.scalar(found.order_by(Case.case_id.desc()).limit(1)) if number else None
