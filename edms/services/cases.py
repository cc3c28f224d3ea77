"""Cases: begun for a registered letter, found by those who may read it, broken off with a reason.

A case follows the version of its route that was valid on the day its letter was first registered, and keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.scope import visible
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, followed
from edms.registry.card import clean
from edms.registry.models import Document
from edms.registry.words import OPEN_STATES
from edms.routing import matter
from edms.routing.clocks import first_day, today_of
from edms.services import facts, following, holding, links, own_routes, telling, texts, timing, walking
from edms.services.definition import Route
from edms.services.kinds import Opening
from edms.services.models import Case, CaseState, CaseStep, StepState
from edms.services.walking import Walk
from edms.services.yearly import years
from edms.staff.models import Organisation


def routes_for(session: Session, document: Document) -> list[Route]:
    """The routes that a letter can go: of its country, valid on its day, and begun by what it is."""
    organisation = session.get_one(Organisation, document.organisation_id)
    found = own_routes.on(session, organisation, first_day(session, document))
    return [route for route in found if _fits(route, document)]


def beginnable(session: Session, actor: Actor, document: Document) -> bool:
    """May the actor begin a case with this letter today?"""
    open_ = document.state in OPEN_STATES and not document.migrated and not document.closed
    if not open_ or not permits(actor, Permission.CASE_BEGIN, document):
        return False
    earlier = of_letter(session, document)
    return earlier is None or earlier.state is CaseState.BROKEN_OFF


def begin(
    session: Session, actor: Actor, document: Document, service: str, *, values: Mapping[str, Any] | None = None,
    papers: Mapping[str, int | None] | None = None,
) -> Case:  # fmt: skip
    """Begin the case of a letter under the route of `service`; done again it is the same case.

    A letter whose case was broken off may begin another, as under the right route. `values` are what the applicant
    filled in, `papers` the contents of the letter in which hers are. Errors: Forbidden; Invalid (service) where there is
    no such route; RuleBroken when the letter is over, or has a case of another service.
    """
    document = matter.hold(session, document.document_id)
    require(actor, Permission.CASE_BEGIN, document)
    earlier = of_letter(session, document)
    if earlier is not None and earlier.state is CaseState.BROKEN_OFF:
        earlier = None
    if earlier is not None and earlier.service == service:
        return earlier
    if earlier is not None:
        raise RuleBroken("proceedings.has_a_case", number=document.number)
    matter.require_open(document)
    route = next((each for each in routes_for(session, document) if each.name == service), None)
    if route is None:
        raise Invalid(fields={"service": "proceedings.no_such_route"})
    case = Case(
        organisation_id=document.organisation_id,
        document_id=document.document_id,
        route=texts.keep(session, route),
        service=service,
        state=CaseState.RUNNING,
        begun_at=clock.now(),
        moves=0,
        begun_by_id=actor.official_id,
    )
    session.add(case)
    session.flush()  # all that comes of it carries its id
    years.keep(session, case, document, route)
    followed.follow(session, followed.DOCUMENT, document.document_id)
    said = {"service": service, "route": route.key}
    holding.note(session, actor, Event.CASE_BEGUN, case, document, said, facts=said)
    brought = {n: v for n, v in (values or {}).items() if n in route.fields}
    facts.write(session, actor, case, brought, named=links.certain(session, case, route.fields, brought))
    known = {paper.name for paper in route.form.papers}
    facts.keep_papers(session, actor, case, {n: c for n, c in (papers or {}).items() if n in known})
    timing.keep_legal_term(session, actor, case, document, route)
    walk = Walk(session, actor, case, document, route)
    walking.open_step(walk, route.start, None)
    walking.settle(walk)
    following.follow(session, case)
    return case


def of_letter(session: Session, document: Document) -> Case | None:
    """The case of a letter that the caller may read, whatever became of it: the last, where others were broken off."""
    found = select(Case).where(Case.document_id == document.document_id)
    return session.scalar(found.order_by(Case.case_id.desc()).limit(1))


def case_of(session: Session, actor: Actor, case_id: int) -> Case:
    """One case, for those who may read its letter. Errors: NotFound."""
    found = (
        select(Case)
        .join(Document, Document.document_id == Case.document_id)
        .where(Case.case_id == case_id, visible(actor, Document.readers))
    )
    case = session.scalar(found)
    if case is None:
        raise NotFound
    require(actor, Permission.DOCUMENT_READ, session.get_one(Document, case.document_id))
    return case


def break_off(session: Session, actor: Actor, case: Case, *, version: int, reason: str) -> None:
    """End a case that should not have been begun, or goes the wrong route; the letter itself goes on, by its own term.

    Errors: Forbidden to others than leaders; Invalid without a reason; RuleBroken when it is over; Conflict.
    """
    document, route = _held(session, actor, case, version)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    links.close(session, actor, case, document, route, reason=reason)
    timing.give_back_term(session, actor, document)


def withdraw(session: Session, actor: Actor, case: Case, *, version: int, how: str) -> None:
    """End a case because whoever applied wants it no more, by her letter or her word: what `how` says.

    Nothing is left that anybody waits for, wherever it stood; a paper that is with its signers is called off first.
    Errors: Forbidden to others than leaders; Invalid (how); Conflict; RuleBroken once it was decided, as an act is
    annulled and not withdrawn, or where nobody applied.
    """
    document, route = _held(session, actor, case, version)
    if not applied_for(document, route):
        raise RuleBroken("proceedings.nobody_applied", number=document.number)
    if case.decided_on is not None:
        raise RuleBroken("proceedings.decided_already", number=document.number)
    if following.at_signers(session, case):
        raise RuleBroken("proceedings.call_off_first", number=document.number)
    if not (how := clean(how) or ""):
        raise Invalid(fields={"how": "proceedings.how_missing"})
    links.close(session, actor, case, document, route, reason=how, as_=CaseState.WITHDRAWN)
    telling.tell_of_end(session, case, "services.notice.withdrawn")


def withdrawable(case: Case, document: Document, route: Route) -> bool:
    """Did somebody apply for it, and is nothing decided yet?"""
    return case.state is CaseState.RUNNING and case.decided_on is None and applied_for(document, route)


def applied_for(document: Document, route: Route) -> bool:
    """Is it a case that an application began?"""
    return Opening.APPLICATION in route.opens.ways and document.kind.comes_in


def _held(session: Session, actor: Actor, case: Case, version: int) -> tuple[Document, Route]:
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_BREAK_OFF, document)
    holding.require_version(case, version)
    if case.state is not CaseState.RUNNING:
        raise RuleBroken("proceedings.case_over", number=document.number)
    return document, route


@dataclass(frozen=True)
class Which:
    """Which cases a list shows: of a service, in a state, only late ones, only those that are over in whatever way."""

    service: str | None = None
    state: CaseState | None = None
    late: bool = False
    over: bool = False


def cases(
    session: Session, actor: Actor, which: Which, *, after: int | None = None, limit: int = 50
) -> list[tuple[Case, Document]]:
    """The cases that the actor may read, the newest first; `after` is the id of the last one seen.

    Late is a running one of which a step, or the letter's own term, is past its day.
    """
    found = (
        select(Case, Document)
        .join(Document, Document.document_id == Case.document_id)
        .where(Case.organisation_id == actor.organisation_id, visible(actor, Document.readers))
    )
    if which.service is not None:
        found = found.where(Case.service == which.service)
    if which.state is not None:
        found = found.where(Case.state == which.state)
    if which.over:
        found = found.where(Case.state != CaseState.RUNNING)
    if which.late:
        today = clock.today(actor.time_zone)
        behind = select(CaseStep.case_id).where(CaseStep.state == StepState.OPEN, CaseStep.due_on < today)
        found = found.where(Case.state == CaseState.RUNNING, (Document.due_on < today) | Case.case_id.in_(behind))
    if after is not None:
        found = found.where(Case.case_id < after)
    return [(case, document) for case, document in session.execute(found.order_by(Case.case_id.desc()).limit(limit))]


def is_late(session: Session, case: Case, document: Document) -> bool:
    """Is the letter's term, or that of an open step, past its day?"""
    today = today_of(session, document)
    days = [document.due_on, *(row.due_on for row in timing.open_rows(case))]
    return case.state is CaseState.RUNNING and any(day is not None and day < today for day in days)


def services(session: Session, actor: Actor) -> Sequence[Route]:
    """The services of which the actor's organisation has or may have cases, by name, each as its newest version."""
    if actor.organisation_id is None:
        return []
    return own_routes.titled(session, session.get_one(Organisation, actor.organisation_id))


def _fits(route: Route, document: Document) -> bool:
    applied = Opening.APPLICATION in route.opens.ways or Opening.STATE_BODY in route.opens.ways
    return applied if document.kind.comes_in else set(route.opens.ways) != {Opening.APPLICATION}
