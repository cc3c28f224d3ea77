"""The terms of a case's steps, beside the legal term that the letter itself carries.

A step's term runs from the event that it names: registration, the day before which something was marked, or the end of
the step before. The letter's own stops are heeded by whichever term knows them (`edms.terms`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.errors import RuleBroken
from edms.events import Event, record
from edms.registry.models import Document, Register
from edms.routing.clocks import OF_ROUTE, extensions_of, first_day, intervals_of, redate
from edms.routing.matter import subject
from edms.services import bounds, facts, moving
from edms.services.definition import Route, Step
from edms.services.kinds import PartyKind, StepKind
from edms.services.models import Case, CaseStep, StepState
from edms.staff.calendars import calendar_of
from edms.staff.models import Organisation
from edms.terms.term import Extension, Interval, Start

DAY = timedelta(days=1)


def keep_legal_term(session: Session, actor: Actor, case: Case, document: Document, route: Route) -> None:
    """The term after which silence has its effect is the letter's own, as long as the case runs.

    It is counted when what it runs from has happened, and anew when a fact puts another in its place; what was granted
    and when the clock stood stays. A route that names no such term leaves the register's.
    """
    if route.silence.term is None:
        return
    chosen = moving.term_of(route, route.silence.term, facts.values(session, case))
    name = f"{OF_ROUTE}{route.key}/{chosen.name}"
    marks = marked(case)
    term = moving.anew(chosen.term, marks)
    began = first_day(session, document) if term.start is Start.REGISTERED else marks.get(term.start)
    kept = document.term or {}
    if began is None or (kept.get("name"), kept.get("started_on")) == (name, began.isoformat()):
        return
    organisation = session.get_one(Organisation, document.organisation_id)
    before, extensions, intervals = document.due_on, extensions_of(document), intervals_of(document)
    if term.start is Start.REMITTED:  # what was granted, and when the clock stood, belongs to the time before
        extensions, intervals = _since(began, extensions, intervals)
    counted = terms.due(term, calendar_of(organisation), began, extensions=extensions, intervals=intervals)
    redate(session, document, counted, {"name": name}, extensions=extensions, intervals=intervals)
    _recounted(session, actor, document, before, began)


def give_back_term(session: Session, actor: Actor, document: Document) -> None:
    """The case that gave the letter its term is broken off: it has that of its register again, with the days it stood."""
    if not str((document.term or {}).get("name") or "").startswith(OF_ROUTE):
        return
    name = session.get_one(Register, document.register_id).term
    organisation = session.get_one(Organisation, document.organisation_id)
    before, began, intervals = document.due_on, first_day(session, document), intervals_of(document)
    if name:
        counted = terms.due(terms.named(name), calendar_of(organisation), began, intervals=intervals)
        redate(session, document, counted, {"name": name}, intervals=intervals)
    else:
        document.due_on = document.term = None
    _recounted(session, actor, document, before, began)


def _recounted(session: Session, actor: Actor, document: Document, before: date | None, began: date) -> None:
    if document.due_on == before:
        return
    detail = {
        "day": began.isoformat(),
        "before": before.isoformat() if before else None,
        "due_on": document.due_on.isoformat() if document.due_on else None,
    }
    record(
        session, actor, Event.TERM_RECOUNTED, subject(document, "document", document.document_id),
        organisation_id=document.organisation_id, detail=detail,
    )  # fmt: skip


def count(session: Session, case: Case, document: Document, route: Route, row: CaseStep) -> None:
    """Count the step's term, or the one in its place for what is known, and say when the clock next does something."""
    step = route.steps[row.step]
    if step.term is None:
        row.due_on, row.term, row.wakes_on = None, None, None
        return
    named = moving.term_of(route, step.term, facts.values(session, case))
    organisation = session.get_one(Organisation, case.organisation_id)
    began = moving.begun_on(route, step, row.opened_on, marked(case))
    # What a leader granted to the letter's own term holds for the steps that run within it.
    granted = extensions_of(document) if step.term == route.silence.term else granted_to(row)
    term = moving.anew(named.term, marked(case))
    if began is None:  # what it runs from has not happened
        row.due_on, row.wakes_on = None, None
        return
    counted = terms.due(term, calendar_of(organisation), began, extensions=granted, intervals=intervals_of(document))
    row.due_on = counted.on
    row.term = {**counted.to_json(), **({"extensions": [each.to_json() for each in granted]} if granted else {})}
    row.wakes_on = wakes(step, row.due_on, row.fired)


def count_open(session: Session, actor: Actor, case: Case, document: Document, route: Route) -> None:
    """All terms of the case again, after the clock stood or went on, or something was marked or found out."""
    keep_legal_term(session, actor, case, document, route)
    keep_limit(session, case, route)
    for row in open_rows(case):
        count(session, case, document, route, row)


def keep_limit(session: Session, case: Case, route: Route) -> None:
    """Until when the case can be decided at all, counted from what is known; once it was decided, or could be no more,
    it stays as it was.

    A day that was past already when it was entered stops nothing by itself: it may be a slip of the keyboard. Its page says
    so, and people end the case, or correct the day.
    """
    if not route.limits or case.lapsed_at is not None:
        return
    if case.decided_on is not None:
        case.limit_wakes_on = None
        return
    values = facts.values(session, case)
    limit = bounds.limit_of(route, values)
    organisation = session.get_one(Organisation, case.organisation_id)
    calendar = calendar_of(organisation)
    reached = bounds.reached(limit, values, calendar) if limit is not None else None
    if limit is None or reached is None or reached.on is None:
        case.limit_on, case.limit_term, case.limit_wakes_on = None, None, None
        return
    kept: Mapping[str, Any] = (case.limit_term or {}) if case.limit_on == reached.on else {}
    warned, past = list(kept.get("warned", ())), kept.get("past", reached.on < clock.today(organisation.time_zone))
    case.limit_on = reached.on
    case.limit_term = {**reached.to_json(), "name": limit.name, "warned": warned, "past": past}
    case.limit_wakes_on = bounds.wakes(limit, reached.on, warned) if not past else None


def limit_of(session: Session, case: Case) -> terms.Due | None:
    """The limit as it was counted, for its explanation; None without one."""
    if case.limit_term is None:
        return None
    organisation = session.get_one(Organisation, case.organisation_id)
    return terms.Due.from_json(case.limit_term, calendar_of(organisation))


def due_of(session: Session, case: Case, row: CaseStep) -> terms.Due:
    """The term of a step as it was counted, for its explanation. Errors: RuleBroken without one."""
    if row.term is None:
        raise RuleBroken("proceedings.no_term")
    organisation = session.get_one(Organisation, case.organisation_id)
    return terms.Due.from_json(row.term, calendar_of(organisation))


def granted_to(row: CaseStep) -> list[Extension]:
    """What was granted to the step so far."""
    return [Extension.from_json(each) for each in (row.term or {}).get("extensions", ())]


def wakes(step: Step, due_on: date | None, fired: Sequence[int]) -> date | None:
    """The first civil day on which the clock acts on the step: its next timer, or the day after its last day."""
    if due_on is None:
        return None
    days = [goes_off(timer.days_before, due_on) for n, timer in enumerate(step.timers) if n not in fired]
    if ends_by_itself(step):
        days.append(due_on + DAY)
    return min(days, default=None)


def goes_off(days_before: int, due_on: date) -> date:
    """The day on which such a timer goes off."""
    return due_on - timedelta(days=days_before) if days_before else due_on + DAY


def ends_by_itself(step: Step) -> bool:
    """Does the step end with its term? Bodies that were asked are silent then, and a day that was waited for is there."""
    if step.term is None or any(timer.to is not None and not timer.days_before for timer in step.timers):
        return False
    return step.kind is StepKind.CONSULT or (step.kind is StepKind.WAIT and step.party is None)


def marked(case: Case) -> Mapping[Start, date]:
    """The last day on which each event was marked by a step that stands."""
    found: dict[Start, date] = {}
    for row in sorted(case.steps, key=lambda each: (each.ended_on or date.min, each.case_step_id)):
        if row.state is StepState.DONE and row.ended_on is not None:
            if Start.REMITTED in row.marks:
                found.pop(Start.DECIDED, None)  # the act is gone
            found |= {Start(mark): row.ended_on for mark in row.marks}
    return found


def _since(
    day: date, extensions: list[Extension], intervals: list[Interval]
) -> tuple[list[Extension], list[Interval]]:  # fmt: skip
    return (
        [each for each in extensions if each.decided_on > day],
        [each for each in intervals if each.until is None or each.until > day],
    )


def open_rows(case: Case) -> list[CaseStep]:
    """The steps that are open."""
    return [row for row in case.steps if row.state is StepState.OPEN]


def is_of_system(route: Route, step: Step) -> bool:
    """Does nobody but the clock do it?"""
    return step.party is not None and route.parties[step.party].kind is PartyKind.SYSTEM
