"""What is known in a case: the values of its fields, the papers that are here, what other registers answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.registry.card import clean
from edms.services.conditions import holds
from edms.services.definition import Paper, Route
from edms.services.kinds import Source
from edms.services.models import Case, CaseFact, CasePaper, CaseQuery, CaseStep, StepState

LONGEST = 4000


def values(session: Session, case: Case) -> dict[str, Any]:
    """The values that hold now, by field name; those without one are left out."""
    found = select(CaseFact).where(CaseFact.case_id == case.case_id, CaseFact.replaced_at.is_(None))
    return {fact.name: fact.value for fact in session.scalars(found) if fact.value is not None}


def named(session: Session, case: Case) -> dict[str, int]:
    """The letters that the case names, by field name, where it is certain which."""
    found = select(CaseFact.name, CaseFact.names_document_id).where(
        CaseFact.case_id == case.case_id, CaseFact.replaced_at.is_(None), CaseFact.names_document_id.is_not(None)
    )
    return {name: ident for name, ident in session.execute(found) if ident is not None}


def write(
    session: Session, actor: Actor, case: Case, given: Mapping[str, Any], *, case_step_id: int | None = None,
    named: Mapping[str, int] | None = None,
) -> list[str]:  # fmt: skip
    """Write values down; those that are as they were stay. The names of those that changed. The caller asks who may.

    `named` are the letters that the numbers among them mean.
    """
    found = select(CaseFact).where(CaseFact.case_id == case.case_id, CaseFact.replaced_at.is_(None))
    now = {fact.name: fact for fact in session.scalars(found)}
    changed = []
    for name, value in given.items():
        earlier = now.get(name)
        if (earlier.value if earlier is not None else None) == value:
            continue
        if earlier is not None:
            earlier.replaced_at = clock.now()
            session.flush()  # one value holds at a time
        row = CaseFact(
            case_id=case.case_id, name=name, value=value, entered_at=clock.now(), entered_by_id=actor.official_id,
            case_step_id=case_step_id, names_document_id=(named or {}).get(name),
        )  # fmt: skip
        session.add(row)
        changed.append(name)
    session.flush()
    return changed


def ask_anew(session: Session, case: Case, names: Sequence[str]) -> None:
    """These were said when their step was done the last time, and say nothing about this time. What was said at a step
    that was gone back from stays: it is what is being corrected.
    """
    done = select(CaseStep.case_step_id).where(CaseStep.case_id == case.case_id, CaseStep.state == StepState.DONE)
    said = (CaseFact.case_id == case.case_id, CaseFact.replaced_at.is_(None), CaseFact.name.in_(names))
    for fact in session.scalars(select(CaseFact).where(*said, CaseFact.case_step_id.in_(done))):
        fact.replaced_at = clock.now()
    session.flush()


def papers(session: Session, case: Case) -> dict[str, CasePaper]:
    """The papers of the route's list that are here, by their names."""
    found = session.scalars(select(CasePaper).where(CasePaper.case_id == case.case_id))
    return {row.paper: row for row in found}


def wanted(route: Route, known: Mapping[str, Any]) -> list[tuple[Paper, bool]]:
    """The papers that this case asks for, as things stand, each with whether it must be there."""
    fields = route.fields
    return [(p, holds(p.required, fields, known)) for p in route.form.papers if holds(p.shown, fields, known)]


def missing(session: Session, case: Case, route: Route) -> list[Paper]:
    """What the applicant still has to bring."""
    here = papers(session, case)
    due = wanted(route, values(session, case))
    return [paper for paper, must in due if must and paper.source is Source.APPLICANT and paper.name not in here]


def keep_papers(
    session: Session, actor: Actor, case: Case, here: Mapping[str, int | None], *, note: str | None = None,
    all_of_them: bool = False,
) -> None:  # fmt: skip
    """The rows alone, for an act that records itself."""
    before = papers(session, case)
    for name, content_id in here.items():
        row = before.get(name)
        if row is None:
            row = CasePaper(case_id=case.case_id, paper=name, noted_at=clock.now(), noted_by_id=actor.official_id)
            session.add(row)
        row.content_id, row.note = content_id if content_id else row.content_id, clean(note) or row.note
    for name, row in before.items():
        if all_of_them and name not in here:
            session.delete(row)
    session.flush()


def queries(session: Session, case: Case) -> list[CaseQuery]:
    """What was asked elsewhere, the newest first."""
    found = select(CaseQuery).where(CaseQuery.case_id == case.case_id)
    return list(session.scalars(found.order_by(CaseQuery.case_query_id.desc())))


def registers(route: Route) -> Sequence[str]:
    """The registers outside that the route's steps ask, in the order in which they come."""
    return list(dict.fromkeys(name for step in route.steps.values() for name in step.queries))
