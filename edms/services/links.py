"""Cases that know of one another: one names an earlier one by its number, and what becomes of it has its effect there.

A number is taken only where whoever enters it may read that letter, and it is of the service that the field asks for.
What one case lets stand in another runs on when the first is over, whatever way it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.errors import Invalid
from edms.events import Event
from edms.registry.models import Document
from edms.routing import suspending
from edms.services import facts, holding, own_routes, stopping, timing
from edms.services.definition import Field, Route, Step
from edms.services.kinds import Effect, FieldKind
from edms.services.models import Case, CaseFact, CaseState, StepState
from edms.staff.models import Organisation
from edms.terms.term import Cause

ENDS = {CaseState.BROKEN_OFF: Event.CASE_BROKEN_OFF, CaseState.WITHDRAWN: Event.CASE_WITHDRAWN}
"""How a case is ended before its end, and what is said of it."""


def require_known(
    session: Session, actor: Actor, case: Case, fields: Iterable[Field], given: Mapping[str, Any]
) -> None:
    """Refuse the number of a case that the actor does not know of, or that is none of the service asked for.

    A letter without a case is taken where it came with the papers of the years before. Errors: Invalid by field.
    """
    named = {f.name: f for f in fields if f.kind is FieldKind.CASE and given.get(f.name)}
    wrong = {}
    for name, field in named.items():
        found = of_number(session, actor, case, str(given[name]))
        if not any(_fits(each, document, field.of) for document, each in found):
            wrong[name] = "proceedings.case_unknown"
    if wrong:
        raise Invalid(fields=wrong)


def of_number(session: Session, actor: Actor, case: Case, number: str) -> list[tuple[Document, Case | None]]:
    """The letters of this number in the office of the case, but its own, that the actor may read, each with its case."""
    found = (
        select(Document, Case)
        .outerjoin(Case, (Case.document_id == Document.document_id) & (Case.state != CaseState.BROKEN_OFF))
        .where(
            Document.organisation_id == case.organisation_id,
            Document.number == number,
            Document.document_id != case.document_id,
            visible(actor, Document.readers),
        )
    )
    return [(document, other) for document, other in session.execute(found)]


def named_by(session: Session, actor: Actor, case: Case, fields: Iterable[Field]) -> list[tuple[Document, Case]]:
    """The cases that this one names, as far as the actor may read them."""
    values = facts.values(session, case)
    numbers = [(str(values[f.name]), f.of) for f in fields if f.kind is FieldKind.CASE and values.get(f.name)]
    found = [(pair, of) for number, of in numbers for pair in of_number(session, actor, case, number)]
    return [(document, other) for (document, other), of in found if other is not None and of in (None, other.service)]


def naming(session: Session, actor: Actor, case: Case, document: Document) -> list[tuple[Document, Case]]:
    """The cases that name this one, as far as the actor may read them."""
    routes = own_routes.routes_of(session, session.get_one(Organisation, case.organisation_id))
    asking = [(route.name, f.name) for route in routes for f in route.fields.values() if f.of == case.service]
    said = select(CaseFact.case_id).where(
        CaseFact.case_id == Case.case_id,
        CaseFact.name.in_({name for _, name in asking}),
        CaseFact.replaced_at.is_(None),
        CaseFact.value == func.to_jsonb(cast(document.number, Text)),
    )
    found = (
        select(Document, Case)
        .join(Case, Case.document_id == Document.document_id)
        .where(
            Case.organisation_id == case.organisation_id,
            Case.service.in_({service for service, _ in asking}),
            Case.case_id != case.case_id,
            said.exists(),
            visible(actor, Document.readers),
        )
        .order_by(Case.case_id)
    )
    return [(letter, other) for letter, other in session.execute(found)]


def effects(session: Session, actor: Actor, case: Case, document: Document, route: Route, step: Step) -> None:
    """Let the step have its effects. A number that no running case of this organisation has, has none."""
    values = facts.values(session, case) if step.effects else {}
    for effect in step.effects:
        number, service = str(values.get(effect.field) or ""), route.fields[effect.field].of
        for other in _running(session, case, number, service):
            letter, its_route = holding.hold(session, other)
            if other.state is not CaseState.RUNNING:
                continue
            match effect.effect:
                case Effect.SUSPEND:
                    suspending.stand(session, actor, letter, cause=Cause.APPEAL, reason=document.number)
                case Effect.RESUME:
                    _run_on(session, actor, other, letter, its_route)
                case Effect.CLOSE:
                    close(session, actor, other, letter, its_route, reason=document.number)


def over(session: Session, actor: Actor, case: Case, document: Document, route: Route) -> None:
    """The case is over: what it lets stand elsewhere runs on, and what another case lets stand in it."""
    suspending.run_on(session, actor, document, cause=Cause.APPEAL)
    suspended = {
        effect.field
        for row in case.steps
        for effect in route.steps[row.step].effects
        if row.state is StepState.DONE and effect.effect is Effect.SUSPEND
    }
    values = facts.values(session, case) if suspended else {}
    for name in sorted(suspended):
        for other in _running(session, case, str(values.get(name) or ""), route.fields[name].of):
            letter, its_route = holding.hold(session, other)
            _run_on(session, actor, other, letter, its_route)


def close(
    session: Session, actor: Actor, case: Case, document: Document, route: Route, *, reason: str,
    as_: CaseState = CaseState.BROKEN_OFF,
) -> None:  # fmt: skip
    """End a case before its end: its open steps are left, nothing is undone. The caller has locked it and asks who may."""
    stopping.drop(session, actor, case, document, route, timing.open_rows(case))
    case.state, case.ended_at, case.end_reason = as_, clock.now(), reason
    said = {"reason": reason}
    holding.note(session, actor, ENDS[as_], case, document, said, facts=said)
    over(session, actor, case, document, route)


def _run_on(session: Session, actor: Actor, case: Case, document: Document, route: Route) -> None:
    """Not while a complaint in that case itself lets its clock stand."""
    own = {route.steps[row.step].suspends for row in timing.open_rows(case)}
    if Cause.APPEAL not in own:
        suspending.run_on(session, actor, document, cause=Cause.APPEAL)


def _running(session: Session, case: Case, number: str, service: str | None) -> list[Case]:
    """The running case that is named; the newest, where a number is that of several letters."""
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
    return list(session.scalars(found.order_by(Case.case_id.desc()).limit(1))) if number else []


def _fits(case: Case | None, document: Document, service: str | None) -> bool:
    return document.migrated if case is None else service in (None, case.service)
