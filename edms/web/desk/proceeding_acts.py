"""What is done on the page of a case: each act a form of its own, refused where it stands with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import terms
from edms.access.actor import Actor
from edms.drafting import seats
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.overview.proceedings import form_of
from edms.registry.models import Document
from edms.services import cases, entering, filling, papers, steps, texts
from edms.services.models import Case, CaseStep
from edms.web.desk import proceedings, route_form, uploaded
from edms.web.desk.route_form import said
from edms.web.kit import once, read
from edms.web.kit.forms import Day, OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("proceeding", __name__, url_prefix="/proceedings")
REFUSALS = (Invalid, RuleBroken, Conflict)
Answer = Response | tuple[str, int]
StepAct = Callable[[Session, Actor, CaseStep, Case], str | None]


class Doing(BaseModel):
    """A step that ends: its state as it was shown, the answer, a remark, and the day that counts."""

    version: int = 0
    answer: OneLine | None = None
    remark: Paragraphs | None = None
    on: Day | None = None
    members: int | None = None
    present: int | None = None
    in_favour: int | None = None
    against: int | None = None


class Versioned(BaseModel):
    """Based on which state of the thing."""

    version: int = 0


class Returning(Versioned):
    """To which step, and why."""

    to: int = 0
    reason: Paragraphs = ""


class Extending(Versioned):
    """By how much, and why."""

    count: int = 0
    kind: terms.Kind = terms.Kind.WORKING
    reason: Paragraphs = ""


class Handing(Versioned):
    """To whom."""

    official: int = 0


class Asking(BaseModel):
    """What another register answered."""

    source: OneLine = ""
    question: Paragraphs = ""
    answer: Paragraphs = ""
    asked_on: Day | None = None


class Opinion(BaseModel):
    """What another body said."""

    body: OneLine = ""
    agrees: OneLine = ""
    text: Paragraphs = ""


@bp.post("/steps/<int:case_step_id>/do")
def do(case_step_id: int) -> Answer:
    """End a step."""

    def act(session: Session, who: Actor, row: CaseStep, case: Case) -> None:
        form = read(Doing)
        step = texts.route_of(session, case).steps[row.step]
        counted = (form.members, form.present, form.in_favour, form.against)
        votes = None if form.members is None else steps.Votes(*(each or 0 for each in counted))
        steps.do(
            session, who, row, version=form.version, answer=form.answer, given=route_form.given(step.asks), votes=votes,
            remark=form.remark, on=form.on,
        )  # fmt: skip

    return _step(case_step_id, act)


@bp.post("/steps/<int:case_step_id>/back")
def back(case_step_id: int) -> Answer:
    """Go back to an earlier step."""

    def act(session: Session, who: Actor, row: CaseStep, case: Case) -> None:
        form = read(Returning)
        to, there = steps.step_of(session, who, form.to)
        if there is not case:
            raise NotFound
        steps.go_back(session, who, row, to=to, reason=form.reason, version=form.version)

    return _step(case_step_id, act)


@bp.post("/steps/<int:case_step_id>/hand")
def hand(case_step_id: int) -> Answer:
    """Take it on, or hand it to a colleague."""

    def act(session: Session, who: Actor, row: CaseStep, case: Case) -> None:
        form = read(Handing)
        steps.hand(session, who, row, official_id=form.official, version=form.version)

    return _step(case_step_id, act)


@bp.post("/steps/<int:case_step_id>/extend")
def extend(case_step_id: int) -> Answer:
    """Give the step more time."""

    def act(session: Session, who: Actor, row: CaseStep, case: Case) -> None:
        form = read(Extending)
        steps.extend(session, who, row, count=form.count, kind=form.kind, reason=form.reason, version=form.version)

    return _step(case_step_id, act)


@bp.post("/steps/<int:case_step_id>/write")
def write(case_step_id: int) -> Answer:
    """Begin the document of a step, or open the one that is being written."""

    def act(session: Session, who: Actor, row: CaseStep, case: Case) -> str:
        name = request.form.get("document", "")
        route, document = texts.route_of(session, case), session.get_one(Document, case.document_id)
        sign = papers.signers(session, case, route, document, route.steps[row.step])
        sign += [one.official_id for one in seats.signers(session, who)]
        if not sign:
            raise RuleBroken("proceedings.nobody_signs", number=document.number)
        title = f"{said(route, f'services.document.{name}')} · {document.number}"
        draft = papers.begin(session, who, row, name, subject=title, signer_id=sign[0])
        return url_for("writing.page", draft_id=draft.draft_id)

    return _step(case_step_id, act)


@bp.post("/steps/<int:case_step_id>/name")
def name(case_step_id: int) -> Answer:
    """Name a registered document as the one of this step."""

    def act(session: Session, who: Actor, row: CaseStep, case: Case) -> None:
        entering.name_document(
            session, who, row, request.form.get("document", ""), request.form.get("number", "").strip()[:60]
        )

    return _step(case_step_id, act)


@bp.post("/steps/<int:case_step_id>/bodies")
def body(case_step_id: int) -> Answer:
    """Keep what another body answered."""

    def act(session: Session, who: Actor, row: CaseStep, case: Case) -> None:
        form = read(Opinion)
        entering.answer_body(session, who, row, form.body, agrees=form.agrees == filling.YES, text=form.text)

    return _step(case_step_id, act)


@bp.post("/<int:case_id>/facts")
def enter(case_id: int) -> Answer:
    """Correct what the application says."""

    def act(session: Session, who: Actor, case: Case) -> None:
        seen = form_of(who, session.get_one(Document, case.document_id), texts.route_of(session, case))
        entering.enter(session, who, case, route_form.given(seen))

    return on_case(case_id, "facts", act)


@bp.post("/<int:case_id>/papers")
def note(case_id: int) -> Answer:
    """Say which papers are here."""

    def act(session: Session, who: Actor, case: Case) -> None:
        here = dict.fromkeys(request.form.getlist("here"))
        entering.note_papers(session, who, case, here)

    return on_case(case_id, "papers", act)


@bp.post("/<int:case_id>/queries")
def query(case_id: int) -> Answer:
    """Keep what a register outside answered, with its print."""
    with house().transaction() as session:  # before a byte is stored
        entering.require_enters(session, actor(), cases.case_of(session, actor(), case_id))
    uploaded.put()

    def act(session: Session, who: Actor, case: Case) -> None:
        form = read(Asking)
        document = session.get_one(Document, case.document_id)
        made = entering.enter_query(
            session, who, case, source=form.source, question=form.question, answer=form.answer, asked_on=form.asked_on
        )
        content = uploaded.content(session, who, document)
        made.content_id = content.content_id if content is not None else None

    return on_case(case_id, "queries", act)


@bp.post("/<int:case_id>/break-off")
def break_off(case_id: int) -> Answer:
    """Break the case off."""

    def act(session: Session, who: Actor, case: Case) -> None:
        version = read(Versioned).version
        cases.break_off(session, who, case, version=version, reason=request.form.get("reason", ""))

    return on_case(case_id, "break-off", act)


@bp.post("/<int:case_id>/withdraw")
def withdraw(case_id: int) -> Answer:
    """End the case because whoever applied wants it no more."""

    def act(session: Session, who: Actor, case: Case) -> None:
        version = read(Versioned).version
        cases.withdraw(session, who, case, version=version, how=request.form.get("how", ""))

    return on_case(case_id, "withdraw", act)


def _step(case_step_id: int, act: StepAct) -> Answer:
    who, case_id = actor(), 0
    try:
        with house().transaction() as session:
            row, case = steps.step_of(session, who, case_step_id)
            case_id = case.case_id
            sent = once.sent(session, who)
            where = sent.place
            if where is None:
                where = sent.led(act(session, who, row, case) or url_for("proceedings.page", case_id=case_id))
    except REFUSALS as error:
        return _refused(who, case_id, f"step-{case_step_id}", error)
    return redirect(where, 303)


def on_case(case_id: int, at: str, act: Callable[[Session, Actor, Case], Any]) -> Answer:
    """An act on a case, from its form at `at` on the page; refused it stands there again with what was typed."""
    who = actor()
    try:
        with house().transaction() as session:
            case = cases.case_of(session, who, case_id)
            sent = once.sent(session, who, uploaded.mark())
            if sent.place is None:
                act(session, who, case)
                sent.led(url_for("proceedings.page", case_id=case_id))
    except REFUSALS as error:
        return _refused(who, case_id, at, error)
    return redirect(url_for("proceedings.page", case_id=case_id, _anchor=at), 303)


def _refused(who: Actor, case_id: int, at: str, error: Invalid | RuleBroken | Conflict) -> tuple[str, int]:
    with house().transaction() as session:
        page = proceedings.shown(session, who, case_id, at=at, error=error)
    return page, 422 if isinstance(error, Invalid) else 409
