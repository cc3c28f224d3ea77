"""What people enter in a case beside its steps: corrections, papers that came, answers of registers and of other bodies.

Each act locks the case, and carries it on where nothing else was waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, Subject, followed
from edms.registry import attached, contents, readers
from edms.registry.card import clean
from edms.registry.models import Content, Document
from edms.routing.clocks import today_of
from edms.services import facts, filling, following, holding, links, naming, papers, seats
from edms.services.models import Case, CaseBody, CaseDocument, CaseQuery, CaseState, CaseStep
from edms.staff.models import Organisation

LONGEST = 4000


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
    known, today = facts.values(session, case), today_of(session, document)
    wanted = [fields[name] for name in given]
    read = filling.read(wanted, given, route.fields, known, today=today, needed=False)
    new = {name: value for name, value in read.items() if value != known.get(name)}
    changed = facts.write(session, actor, case, read, named=links.require_known(session, actor, case, wanted, new))
    if changed:
        holding.note(session, actor, Event.CASE_FACTS_ENTERED, case, document, {"fields": changed})
        following.follow(session, case)  # another term may hold for what is known now


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
    facts.keep_papers(session, actor, case, here, note=note, all_of_them=True)
    holding.note(session, actor, Event.CASE_PAPER_NOTED, case, document, {"papers": sorted(here), "note": clean(note)})


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
    if source not in facts.registers(route):
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


def name_document(session: Session, actor: Actor, row: CaseStep, name: str, number: str) -> CaseDocument:
    """Say that a registered document is the one that this step brings forth: written on paper, or outside the case.

    Whose step it is, or the registrar who entered the paper, says so; those of the step may read it then. Errors: as
    `begin`; RuleBroken while a draft of it is being written; Invalid (number) where the actor knows of no such document.
    """
    case = session.get_one(Case, row.case_id)
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_DOCUMENT_NAME, seats.matter(session, actor, document, row))
    papers.require_open(case, row, document)
    if name not in papers.wanted(route, route.steps[row.step]):
        raise Invalid(fields={"document": "field.not_a_choice"})
    register = route.documents[name].register
    found = [e for e in naming.letters(session, case.organisation_id, number, actor=actor) if e.kind is register]
    if not found:
        raise Invalid(fields={"number": "proceedings.no_such_document"})
    if len(found) > 1:
        raise naming.several("number", found, actor.language)
    made = papers.current(session, case, row, name)
    if made is not None and papers.in_the_making(session, made):
        raise RuleBroken("proceedings.draft_in_the_making", number=document.number)
    if made is None or made.document_id is not None:
        made = papers.made(case, row, name)
        session.add(made)
    made.document_id = found[0].document_id
    organisation = session.get_one(Organisation, case.organisation_id)
    here = seats.sitting(session, organisation, document, row.role, row.seat)
    readers.grant(found[0], [row.official_id] if row.official_id else [one.official_id for one in here])
    followed.follow(session, followed.DOCUMENT, found[0].document_id)
    session.flush()
    papers.join(session, case, route, made)
    detail = {"document": name, "number": found[0].number}
    about = Subject("case-step", row.case_step_id, document_id=document.document_id)
    holding.note(session, actor, Event.CASE_DOCUMENT_NAMED, case, document, detail, subject=about)
    following.follow(session, case)
    return made


def answer_body(
    session: Session, actor: Actor, row: CaseStep, body: str, *, agrees: bool, text: str, content: Content | None = None
) -> CaseBody:  # fmt: skip
    """Keep what another body answered. Errors: Forbidden; Invalid without its words; RuleBroken once it was answered."""
    case = session.get_one(Case, row.case_id)
    document, _ = holding.hold(session, case)
    require(actor, Permission.CASE_STEP_DO, seats.matter(session, actor, document, row))
    papers.require_open(case, row, document)
    asked = next((each for each in papers.bodies(session, row) if each.body == body), None)
    if asked is None:
        raise Invalid(fields={"body": "field.not_a_choice"})
    if asked.answered_on is not None:
        raise RuleBroken("proceedings.body_answered", number=document.number)
    if not (said := clean(text) or ""):
        raise Invalid(fields={"text": "field.missing"})
    asked.answered_on, asked.agrees, asked.silent, asked.text = (
        today_of(session, document),
        agrees,
        False,
        said[:LONGEST],
    )
    asked.content_id = content.content_id if content is not None else None
    asked.entered_by_id = actor.official_id
    session.flush()
    about = Subject("case-step", row.case_step_id, document_id=document.document_id)
    detail = {"body": body, "agrees": agrees}
    holding.note(session, actor, Event.CASE_BODY_ANSWERED, case, document, detail, subject=about)
    following.follow(session, case)  # all may have answered now
    return asked


def require_enters(session: Session, actor: Actor, case: Case) -> None:
    """Refuse whoever has neither an open step of the case nor the letter itself. Errors: Forbidden."""
    document = session.get_one(Document, case.document_id)
    require(actor, Permission.CASE_ENTER, seats.matter_of_case(session, actor, document, case))


def _require(session: Session, actor: Actor, case: Case, document: Document) -> None:
    require_enters(session, actor, case)
    if case.state is not CaseState.RUNNING:
        raise RuleBroken("proceedings.case_over", number=document.number)
