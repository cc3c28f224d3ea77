"""Cases that know of one another: one names an earlier one by its number, and what becomes of it has its effect there.

A number is taken only where whoever enters it may read that letter, and it is of the service that the field asks for.
What one case lets stand in another runs on when the first is over, whatever way it ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Text, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.errors import Invalid, RuleBroken
from edms.events import Event
from edms.registry.models import Document
from edms.routing import suspending
from edms.services import facts, holding, naming, own_routes, stopping, timing
from edms.services.definition import Field, Route, Step
from edms.services.kinds import Effect, FieldKind
from edms.services.models import Case, CaseFact, CaseState, StepState
from edms.staff.models import Organisation
from edms.terms.term import Cause

ENDS = {CaseState.BROKEN_OFF: Event.CASE_BROKEN_OFF, CaseState.WITHDRAWN: Event.CASE_WITHDRAWN}
"""How a case is ended before its end, and what is said of it."""


def require_known(
    session: Session, actor: Actor, case: Case, fields: Iterable[Field], given: Mapping[str, Any]
) -> dict[str, int]:
    """Refuse the number of a case that the actor does not know of, or that is none of the service asked for; else the
    letters that are meant, by field.

    A letter without a case is taken where it came with the papers of the years before. Errors: Invalid by field, also
    where several letters fit: it lists them.
    """
    asked = {f.name: f for f in fields if f.kind is FieldKind.CASE and given.get(f.name)}
    meant: dict[str, int] = {}
    wrong = {}
    for name, field in asked.items():
        found = _fitting(session, case, str(given[name]), field.of, actor)
        if len(found) > 1:
            raise naming.several(name, [document for document, _ in found], actor.language)
        if found:
            meant[name] = found[0][0].document_id
        else:
            wrong[name] = "proceedings.case_unknown"
    if wrong:
        raise Invalid(fields=wrong)
    return meant


def certain(session: Session, case: Case, fields: Mapping[str, Field], given: Mapping[str, Any]) -> dict[str, int]:
    """The letters that numbers mean which nobody of the house has looked at yet, where only one fits."""
    asked = [f for f in fields.values() if f.kind is FieldKind.CASE and given.get(f.name)]
    found = {f.name: _fitting(session, case, str(given[f.name]), f.of) for f in asked}
    return {name: pairs[0][0].document_id for name, pairs in found.items() if len(pairs) == 1}


def require_certain(session: Session, actor: Actor, case: Case, route: Route, step: Step) -> None:
    """Refuse to end a step whose effect is on another case while several fit the number. Errors: RuleBroken, with those
    that the actor may read."""
    values, known = (facts.values(session, case), facts.named(session, case)) if step.effects else ({}, {})
    for effect in step.effects:
        text, of = str(values.get(effect.field) or ""), route.fields[effect.field].of
        if effect.field in known or not text or len(_fitting(session, case, text, of)) < 2:
            continue
        seen = [document for document, _ in _fitting(session, case, text, of, actor)]
        raise RuleBroken(naming.SEVERAL, letters=naming.listed(seen, actor.language))


def named_by(session: Session, actor: Actor, case: Case, fields: Iterable[Field]) -> list[tuple[Document, Case]]:
    """The cases that this one names, as far as the actor may read them."""
    found = _meant(session, case, [f for f in fields if f.kind is FieldKind.CASE])
    readable = select(Document.document_id).where(
        Document.document_id.in_([document.document_id for document, _ in found]), visible(actor, Document.readers)
    )
    seen = set(session.scalars(readable))
    return [(document, other) for document, other in found if document.document_id in seen]


def naming_it(session: Session, actor: Actor, case: Case, document: Document) -> list[tuple[Document, Case]]:
    """The cases that name this one, as far as the actor may read them."""
    routes = own_routes.routes_of(session, session.get_one(Organisation, case.organisation_id))
    asking = {(route.name, f.name): f for route in routes for f in route.fields.values() if f.of == case.service}
    number = func.to_jsonb(cast(document.number, Text))
    found = (
        select(Document, Case, CaseFact)
        .join(Case, Case.document_id == Document.document_id)
        .join(CaseFact, CaseFact.case_id == Case.case_id)
        .where(
            Case.organisation_id == case.organisation_id,
            Case.service.in_({service for service, _ in asking}),
            Case.case_id != case.case_id,
            CaseFact.name.in_({name for _, name in asking}),
            CaseFact.replaced_at.is_(None),
            or_(
                CaseFact.names_document_id == document.document_id,
                and_(CaseFact.names_document_id.is_(None), CaseFact.value == number),
            ),
            visible(actor, Document.readers),
        )
        .order_by(Case.case_id)
    )
    seen: dict[int, tuple[Document, Case]] = {}
    for letter, other, fact in session.execute(found):
        field = asking.get((other.service, fact.name))
        uncertain = fact.names_document_id is None
        if field is not None and (not uncertain or _only(session, other, str(fact.value), field.of, document)):
            seen[other.case_id] = letter, other
    return list(seen.values())


def of_other_property(session: Session, case: Case, route: Route, other: Case) -> bool:
    """Do two cases name cadastral codes of which none is the same? The stages of a permit are for one plot."""
    codes = [f.name for f in route.fields.values() if f.kind is FieldKind.CADASTRAL_CODE]
    mine, theirs = facts.values(session, case), facts.values(session, other)
    both = [(mine[name], theirs[name]) for name in codes if mine.get(name) and theirs.get(name)]
    return bool(both) and all(one != another for one, another in both)


def effects(session: Session, actor: Actor, case: Case, document: Document, route: Route, step: Step) -> None:
    """Let the step have its effects. A number that no running case of this organisation has, or several, has none."""
    for effect in step.effects:
        for other in _running(session, case, route.fields[effect.field]):
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
    for name in sorted(suspended):
        for other in _running(session, case, route.fields[name]):
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


def _running(session: Session, case: Case, field: Field) -> list[Case]:
    """The running case that the field names, if it is one."""
    return [other for _, other in _meant(session, case, [field]) if other.state is CaseState.RUNNING]


def _meant(session: Session, case: Case, fields: Sequence[Field]) -> list[tuple[Document, Case]]:
    """The cases that these fields name: of the letter that was chosen, or the only one that fits the number."""
    values, known = facts.values(session, case), facts.named(session, case)
    found: list[tuple[Document, Case | None]] = []
    for field in fields:
        if field.name in known:
            document = session.get_one(Document, known[field.name])
            found += [pair for pair in _with_cases(session, [document]) if _fits(pair[1], document, field.of)]
        elif text := str(values.get(field.name) or ""):
            pairs = _fitting(session, case, text, field.of)
            found += pairs if len(pairs) == 1 else []
    return [(document, other) for document, other in found if other is not None]


def _only(session: Session, case: Case, text: str, service: str | None, document: Document) -> bool:
    return [each.document_id for each, _ in _fitting(session, case, text, service)] == [document.document_id]


def _fitting(
    session: Session, case: Case, text: str, service: str | None, actor: Actor | None = None
) -> list[tuple[Document, Case | None]]:
    """The letters of the case's office that such a text may mean, but its own, each with its case of that service."""
    found = naming.letters(session, case.organisation_id, text, actor=actor)
    others = [each for each in found if each.document_id != case.document_id]
    return [(document, other) for document, other in _with_cases(session, others) if _fits(other, document, service)]


def _with_cases(session: Session, documents: Sequence[Document]) -> list[tuple[Document, Case | None]]:
    ids = [each.document_id for each in documents]
    standing = select(Case).where(Case.document_id.in_(ids), Case.state != CaseState.BROKEN_OFF)
    cases = {each.document_id: each for each in session.scalars(standing)} if ids else {}
    return [(each, cases.get(each.document_id)) for each in documents]


def _fits(case: Case | None, document: Document, service: str | None) -> bool:
    return document.migrated if case is None else service in (None, case.service)
