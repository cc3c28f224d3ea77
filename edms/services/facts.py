"""What is known in a case: the values of its fields, the papers that are here, what other registers answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event
from edms.registry import attached, contents
from edms.registry.card import clean
from edms.registry.models import Content, Document
from edms.routing.clocks import today_of
from edms.services import filling, holding, seats
from edms.services.conditions import holds
from edms.services.definition import Paper, Route
from edms.services.kinds import Source
from edms.services.models import Case, CaseFact, CasePaper, CaseQuery, CaseState

LONGEST = 4000


def values(session: Session, case: Case) -> dict[str, Any]:
    """The values that hold now, by field name; those without one are left out."""
    found = select(CaseFact).where(CaseFact.case_id == case.case_id, CaseFact.replaced_at.is_(None))
    return {fact.name: fact.value for fact in session.scalars(found) if fact.value is not None}


def write(
    session: Session, actor: Actor, case: Case, given: Mapping[str, Any], *, case_step_id: int | None = None
) -> list[str]:
    """Write values down; those that are as they were stay. The names of those that changed. The caller asks who may."""
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
            case_step_id=case_step_id,
        )  # fmt: skip
        session.add(row)
        changed.append(name)
    session.flush()
    return changed


def enter(session: Session, actor: Actor, case: Case, given: Mapping[str, str]) -> None:
    """Correct or add what the application says, as typed; an empty field has no value any more.

    The history says what was changed, not to what. Errors: Forbidden to those who have no step of the case open;
    RuleBroken when it is over; Invalid by field.
    """
    document, route = holding.hold(session, case)
    _require(session, actor, case, document)
    fields = {field.name: field for field in route.form.fields}
    if unknown := [name for name in given if name not in fields]:
        raise Invalid(fields=dict.fromkeys(unknown, "field.unknown"))
    known, today = values(session, case), today_of(session, document)
    wanted_ = [fields[name] for name in given]
    changed = write(session, actor, case, filling.read(wanted_, given, route.fields, known, today=today, needed=False))
    if changed:
        holding.note(session, actor, Event.CASE_FACTS_ENTERED, case, document, {"fields": changed})


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


def note_papers(
    session: Session, actor: Actor, case: Case, here: Mapping[str, int | None], *, note: str | None = None
) -> None:
    """Say which papers are here, each with the content of the letter in which it is (None: seen on paper).

    One that is not in `here` and stood there before is missing again. Errors: as `enter`; Invalid for another's content.
    """
    document, route = holding.hold(session, case)
    _require(session, actor, case, document)
    known = {paper.name for paper in route.form.papers}
    own = {place.content_id for place in contents.papers(session, document)}
    own |= {each.content_id for each in attached.attached_to(session, own)}
    if wrong := {
        name: "proceedings.paper_unknown" for name, c in here.items() if name not in known or (c and c not in own)
    }:
        raise Invalid(fields=wrong)
    keep_papers(session, actor, case, here, note=note, all_of_them=True)
    holding.note(session, actor, Event.CASE_PAPER_NOTED, case, document, {"papers": sorted(here), "note": clean(note)})


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


def enter_query(
    session: Session, actor: Actor, case: Case, *, source: str, question: str, answer: str, asked_on: date | None = None,
    content: Content | None = None,
) -> CaseQuery:  # fmt: skip
    """Keep what a register outside answered, as it was on that day: asked by hand, with its print where there is one.

    Errors: as `enter`; Invalid (question, answer, asked_on, source).
    """
    document, route = holding.hold(session, case)
    _require(session, actor, case, document)
    today = today_of(session, document)
    texts = {"question": clean(question) or "", "answer": clean(answer) or ""}
    wrong = {name: "field.missing" for name, text in texts.items() if not text}
    wrong |= {name: "registry.text_too_long" for name, text in texts.items() if len(text) > LONGEST}
    if source not in registers(route):
        wrong["source"] = "field.not_a_choice"
    if asked_on is not None and asked_on > today:
        wrong["asked_on"] = "registry.date_in_future"
    if wrong:
        raise Invalid(fields=wrong)
    row = CaseQuery(
        case_id=case.case_id,
        source=source,
        question=texts["question"],
        answer={"text": texts["answer"]},
        asked_on=asked_on or today,
        content_id=content.content_id if content is not None else None,
        entered_at=clock.now(),
        entered_by_id=actor.official_id,
    )
    session.add(row)
    session.flush()
    holding.note(session, actor, Event.CASE_QUERY_ENTERED, case, document, {"source": source, "on": f"{row.asked_on}"})
    return row


def queries(session: Session, case: Case) -> list[CaseQuery]:
    """What was asked elsewhere, the newest first."""
    found = select(CaseQuery).where(CaseQuery.case_id == case.case_id)
    return list(session.scalars(found.order_by(CaseQuery.case_query_id.desc())))


def registers(route: Route) -> Sequence[str]:
    """The registers outside that the route's steps ask, in the order in which they come."""
    return list(dict.fromkeys(name for step in route.steps.values() for name in step.queries))


def require_enters(session: Session, actor: Actor, case: Case) -> None:
    """Refuse whoever has neither an open step of the case nor the letter itself. Errors: Forbidden."""
    document = session.get_one(Document, case.document_id)
    require(actor, Permission.CASE_ENTER, seats.matter_of_case(session, actor, document, case))


def _require(session: Session, actor: Actor, case: Case, document: Document) -> None:
    require_enters(session, actor, case)
    if case.state is not CaseState.RUNNING:
        raise RuleBroken("proceedings.case_over", number=document.number)
