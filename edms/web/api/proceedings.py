"""Proceedings: cases begun for letters under the route of a service, their steps, and what is known in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.overview import proceedings, reading
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.services import applying, cases, entering, holding, papers, prints, steps, texts, timing
from edms.services.messages import title
from edms.services.models import Case, CaseStep
from edms.web.api.layer import Match, act, change, create, read
from edms.web.api.paging import page, place
from edms.web.api.proceeding_shapes import (
    Answering,
    Beginning,
    CaseShown,
    CaseStepShown,
    CasesWanted,
    DocumentMade,
    Doing,
    Entering,
    Extending,
    Handing,
    Naming,
    Noting,
    PaperWanted,
    Querying,
    QueryShown,
    Returning,
    Whole,
    Withdrawing,
)
from edms.web.api.shapes import Page, Reason
from edms.web.desk import pictures
from edms.web.kit import language
from edms.web.kit.house import house
from edms.words import known


@read("/proceedings")
def index(session: Session, who: Actor, query: CasesWanted) -> Page[CaseShown]:
    """The cases that one may see, the newest first."""
    which = cases.Which(query.service, query.state, query.late)
    after = place(query, int)
    rows = cases.cases(session, who, which, after=after[0] if after else None, limit=query.limit + 1)
    return page(rows, query, lambda row: _case(session, row[0]), lambda row: (row[0].case_id,))


@create("/documents/{document_id}/proceeding")
def begin(session: Session, who: Actor, document_id: int, body: Beginning) -> CaseShown:
    """Begin the case of a letter; done again for the same service it is the same case."""
    case = applying.begin(session, who, document_of(session, who, document_id), body.service)
    session.flush()
    return _case(session, case)


@read("/proceedings/{case_id}")
def show(session: Session, who: Actor, case_id: int) -> Whole:
    """One case with its steps, what is known, asked, brought and written."""
    found = proceedings.seen(session, who, cases.case_of(session, who, case_id))
    return Whole(
        case=_case(session, found.case),
        steps=[_step(session, each.row, found.case) for each in found.steps],
        values=dict(found.values),
        papers=[
            PaperWanted(paper=p.name, title=_said(found.route, p.title), required=must, source=p.source, here=kept is not None)
            for p, must, kept in found.papers
        ],
        queries=[
            QueryShown(
                case_query_id=q.case_query_id, source=q.source, question=q.question, answer=str(q.answer.get("text", "")),
                asked_on=q.asked_on, content_id=q.content_id,
            )
            for q in found.queries
        ],
        documents=[DocumentMade.model_validate(made) for made in papers.of_case(session, found.case)],
    )  # fmt: skip


@change("/proceedings/{case_id}/break-off")
def break_off(session: Session, who: Actor, case_id: int, body: Reason, match: Match) -> CaseShown:
    """End a case that should not have been begun."""
    case = cases.case_of(session, who, case_id)
    holding.hold(session, case)
    match.check(session, case)
    cases.break_off(session, who, case, version=case.version, reason=body.reason)
    session.flush()
    return _case(session, case)


@change("/proceedings/{case_id}/withdraw")
def withdraw(session: Session, who: Actor, case_id: int, body: Withdrawing, match: Match) -> CaseShown:
    """End a case because whoever applied wants it no more."""
    case = cases.case_of(session, who, case_id)
    holding.hold(session, case)
    match.check(session, case)
    cases.withdraw(session, who, case, version=case.version, how=body.how)
    session.flush()
    return _case(session, case)


@act("/proceedings/{case_id}/facts", "PUT")
def enter(session: Session, who: Actor, case_id: int, body: Entering) -> CaseShown:
    """Correct or add what the application says."""
    case = cases.case_of(session, who, case_id)
    entering.enter(session, who, case, body.values)
    return _case(session, case)


@act("/proceedings/{case_id}/papers", "PUT")
def note(session: Session, who: Actor, case_id: int, body: Noting) -> CaseShown:
    """Say which papers are here."""
    case = cases.case_of(session, who, case_id)
    entering.note_papers(session, who, case, dict.fromkeys(body.papers))
    return _case(session, case)


@act("/proceedings/{case_id}/queries")
def query(session: Session, who: Actor, case_id: int, body: Querying) -> CaseShown:
    """Keep what a register outside answered, as it was that day."""
    case = cases.case_of(session, who, case_id)
    entering.enter_query(
        session, who, case, source=body.source, question=body.question, answer=body.answer, asked_on=body.asked_on
    )
    return _case(session, case)


@read("/proceedings/{case_id}/prints/{content_id}", media="application/octet-stream")
def answer_print(session: Session, who: Actor, case_id: int, content_id: int) -> Response:
    """The print of what a register or another body answered; ranges too."""
    case = cases.case_of(session, who, case_id)
    content = prints.print_of(session, case, content_id)
    reading.read(session, who, case.document_id)
    return pictures.download(house().store, content)


@read("/proceeding-steps/{case_step_id}")
def step(session: Session, who: Actor, case_step_id: int) -> CaseStepShown:
    """One step."""
    row, case = steps.step_of(session, who, case_step_id)
    return _step(session, row, case)


@change("/proceeding-steps/{case_step_id}/do")
def do(session: Session, who: Actor, case_step_id: int, body: Doing, match: Match) -> CaseShown:
    """End a step; the case goes on."""
    row, case = _matched(session, who, case_step_id, match)
    votes = steps.Votes(**dict(body.votes)) if body.votes is not None else None
    steps.do(
        session, who, row, version=row.version, answer=body.answer, given=body.values, votes=votes, remark=body.remark,
        on=body.on,
    )  # fmt: skip
    session.flush()
    return _case(session, case)


@change("/proceeding-steps/{case_step_id}/return")
def go_back(session: Session, who: Actor, case_step_id: int, body: Returning, match: Match) -> CaseShown:
    """Go back to an earlier step."""
    row, case = _matched(session, who, case_step_id, match)
    to, _ = steps.step_of(session, who, body.to_case_step_id)
    steps.go_back(session, who, row, to=to, reason=body.reason, version=row.version)
    session.flush()
    return _case(session, case)


@change("/proceeding-steps/{case_step_id}/extend")
def extend(session: Session, who: Actor, case_step_id: int, body: Extending, match: Match) -> CaseStepShown:
    """Give a step more time."""
    row, case = _matched(session, who, case_step_id, match)
    steps.extend(session, who, row, count=body.count, kind=body.kind, reason=body.reason, version=row.version)
    return _step(session, row, case)


@change("/proceeding-steps/{case_step_id}/hand")
def hand(session: Session, who: Actor, case_step_id: int, body: Handing, match: Match) -> CaseStepShown:
    """Let one of those whose step it is have it by name."""
    row, case = _matched(session, who, case_step_id, match)
    steps.hand(session, who, row, official_id=body.official_id, version=row.version)
    return _step(session, row, case)


@act("/proceeding-steps/{case_step_id}/documents", "PUT")
def name(session: Session, who: Actor, case_step_id: int, body: Naming) -> CaseStepShown:
    """Name a registered document as the one that this step brings forth."""
    row, case = steps.step_of(session, who, case_step_id)
    entering.name_document(session, who, row, body.document, body.number)
    return _step(session, row, case)


@act("/proceeding-steps/{case_step_id}/bodies", "PUT")
def answer(session: Session, who: Actor, case_step_id: int, body: Answering) -> CaseStepShown:
    """Keep what another body answered."""
    row, case = steps.step_of(session, who, case_step_id)
    entering.answer_body(session, who, row, body.body, agrees=body.agrees, text=body.text)
    return _step(session, row, case)


def _matched(session: Session, who: Actor, case_step_id: int, match: Match) -> tuple[CaseStep, Case]:
    row, case = steps.step_of(session, who, case_step_id)
    holding.hold(session, case)  # the letter first, as every act does: two who lock crosswise would stop each other
    match.check(session, row)
    return row, case


def _case(session: Session, case: Case) -> CaseShown:
    session.flush()
    document, route = session.get_one(Document, case.document_id), texts.route_of(session, case)
    return CaseShown.of(
        case, route=route.key, title=_said(route, route.title), due_on=document.due_on,
        late=cases.is_late(session, case, document),
    )  # fmt: skip


def _step(session: Session, row: CaseStep, case: Case) -> CaseStepShown:
    session.flush()
    route = texts.route_of(session, case)
    step = route.steps[row.step]
    return CaseStepShown.of(
        row, title=_said(route, step.title), kind=step.kind, answers=list(step.answers),
        asks=[field.name for field in step.asks],
        documents=list(papers.wanted(route, step)) if row in timing.open_rows(case) else [],
    )  # fmt: skip


def _said(route: Any, message: str) -> str:
    return title(route, language(), message) if message in route.words or known(message) else message
