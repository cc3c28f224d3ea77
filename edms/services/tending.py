"""What the clock does in cases: timers go off, bodies that were asked are silent, a term passes with nothing decided.

Also what no job carried: applications that were registered, papers that were signed. One case is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.drafting.models import Draft, DraftState
from edms.events import Event, Subject
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing.clocks import legal_due
from edms.services import following, holding, limiting, telling, timing, walking
from edms.services.definition import Step
from edms.services.elsewhere import Elsewhere
from edms.services.models import Case, CaseDocument, CaseState, CaseStep, StepState
from edms.services.walking import Walk
from edms.staff.models import Organisation

MOST = 500
NEAR = {
    terms.Silence.APPROVED: "services.notice.silence_near",
    terms.Silence.REFUSED: "services.notice.silence_near_refused",
}
SILENCE_NEAR = timedelta(days=3)
"""So long before silence has its effect those who have the case, and the head, are told."""


def due(session: Session, organisation: Organisation, *, after: int = 0) -> list[int]:
    """The running cases of an organisation to which the clock, or what happened elsewhere, does something now.

    Those after the case with this id, by their ids, some at a time.
    """
    today = clock.today(organisation.time_zone)
    waking = select(CaseStep.case_id).where(CaseStep.state == StepState.OPEN, CaseStep.wakes_on <= today)
    silent = and_(Case.silent_at.is_(None), Case.decided_on.is_(None), _term_ends(today))
    resolved, filed = (
        select(CaseStep.case_id).where(CaseStep.state == StepState.OPEN, CaseStep.ends_with == act)
        for act in (Elsewhere.RESOLUTION, Elsewhere.FILING)
    )
    written = (
        select(CaseDocument.case_id)
        .join(Draft, Draft.draft_id == CaseDocument.draft_id)
        .where(CaseDocument.document_id.is_(None), Draft.state == DraftState.SIGNED)
    )
    found = (
        select(Case.case_id)
        .join(Document, Document.document_id == Case.document_id)
        .where(
            Case.organisation_id == organisation.organisation_id,
            Case.state == CaseState.RUNNING,
            Case.case_id > after,
            or_(
                Case.case_id.in_(waking),
                silent,
                limiting.due(session, organisation),
                and_(Case.case_id.in_(resolved), following.resolutions(Case.document_id).exists()),
                and_(Case.case_id.in_(filed), Document.state == DocumentState.FILED),
                Case.case_id.in_(written),
            ),
        )
    )
    return list(session.scalars(found.order_by(Case.case_id).limit(MOST)))


def tend(session: Session, case_id: int) -> None:
    """Let the clock act on one case, and carry it on. Done again on the same day it changes nothing."""
    case = session.get_one(Case, case_id)
    document, route = holding.hold(session, case)
    walk = Walk(session, Actor.system(case.organisation_id), case, document, route)
    following.follow(session, case)
    for row in timing.open_rows(case):
        if case.state is CaseState.RUNNING and row.state is StepState.OPEN:
            _wake(walk, row)
    if case.state is CaseState.RUNNING:
        _silence_near(walk)
        _silence(walk)
    if case.state is CaseState.RUNNING:
        limiting.act(walk)
    following.follow(session, case)


def _wake(walk: Walk, row: CaseStep) -> None:
    step, today = walk.step(row), walk.today
    if row.due_on is None or row.wakes_on is None or row.wakes_on > today:
        return
    ready = [
        n
        for n in _in_order(step)
        if n not in row.fired and timing.goes_off(step.timers[n].days_before, row.due_on) <= today
    ]
    for n in ready:
        timer = step.timers[n]
        row.fired = [*row.fired, n]
        telling.tell(walk.session, walk.actor, walk.case, walk.document, row, timer.notices, None)
        if timer.to is not None:
            walking.leave(walk, row, to=timer.to, on=max(_ended(timer.days_before, row.due_on), row.opened_on))
            walking.settle(walk)
            return
    if timing.ends_by_itself(step) and today > row.due_on:
        # Bodies that did not answer are silent; the day that was waited for is there, however late we look.
        walking.leave(walk, row, on=max(row.due_on, row.opened_on))
        walking.settle(walk)
        return
    row.wakes_on = timing.wakes(step, row.due_on, row.fired)


def _ended(days_before: int, due_on: date) -> date:
    """The civil day with which a step is over that its timer ends: its last, or the one on which the timer goes off."""
    return timing.goes_off(days_before, due_on) if days_before else due_on


def _in_order(step: Step) -> Sequence[int]:
    """The timers by the days on which they go off, the first first."""
    return sorted(range(len(step.timers)), key=lambda n: -step.timers[n].days_before)


def _term_ends(today: date) -> ColumnElement[bool]:
    """The letter's term is over, or so near its end that people are told of it, and were not yet."""
    near = and_(Document.due_on <= today + SILENCE_NEAR, Case.silence_told_of.is_distinct_from(Document.due_on))
    return or_(Document.due_on < today, near)


def _silence_near(walk: Walk) -> None:
    """Warn those who have the case before silence decides it, wherever it stands: a refusal that waits for its hearing is
    no decision yet. Once for each last day: a term that was extended ends anew."""
    case, rule, on = walk.case, walk.route.silence, walk.document.due_on
    if case.silent_at is not None or case.decided_on is not None or on is None or case.silence_told_of == on:
        return
    if not walk.today <= on <= walk.today + SILENCE_NEAR:
        return
    case.silence_told_of = on
    message = NEAR.get(rule.effect)
    if message is None or rule.term is None:
        return
    row = timing.open_rows(case)[-1]
    detail = {"step": row.step, "message": message, "to": limiting.who(walk), "due_on": on.isoformat()}
    about = Subject("case-step", row.case_step_id, document_id=walk.document.document_id)
    holding.note(walk.session, walk.actor, Event.CASE_REMINDED, case, walk.document, detail, subject=about)


def _silence(walk: Walk) -> None:
    """Nothing was decided in time: what the law says of that happens, once."""
    rule, reached = walk.route.silence, legal_due(walk.session, walk.document)
    if walk.case.silent_at is not None or walk.case.decided_on is not None:
        return
    if reached is None or reached.on is None or walk.today <= reached.on:
        return
    walk.case.silent_at = clock.now()  # also where it means nothing: it is not looked at again
    if rule.term is None:
        return
    if rule.effect is not terms.Silence.NONE:
        said = {"effect": rule.effect.value, "due_on": reached.on.isoformat()}
        holding.note(walk.session, walk.actor, Event.CASE_SILENT, walk.case, walk.document, said, facts=said)
    telling.tell(walk.session, walk.actor, walk.case, walk.document, walk.case.steps[0], rule.notices, None)
    if rule.to is not None and rule.effect is not terms.Silence.NONE:
        before = timing.open_rows(walk.case)
        walking.drop(walk, before)
        walking.open_step(walk, rule.to, before[-1] if before else None)
        walking.settle(walk)
