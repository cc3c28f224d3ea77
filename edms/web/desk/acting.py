"""What is done with a letter: submitted, resolved, executed, judged, extended, corrected, filed, put on control."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.errors import Invalid, NotFound
from edms.filing.case_files import file_document
from edms.overview import reading
from edms.registry import corrections
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.routing import control, execution, extension, resolution, submission
from edms.routing.models import Assignment, Purpose
from edms.routing.naming import Executor
from edms.web.desk.letter import render_page
from edms.web.kit import Filled, read
from edms.web.kit.forms import Day, OneLine, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("acting", __name__, url_prefix="/letters")
Act = Callable[[Session, Actor, Document], object]


class Submitting(BaseModel):
    """To whom."""

    official: int
    note: Paragraphs | None = None


class Resolving(BaseModel):
    """Who, what, until. The first of the executors is responsible."""

    responsible: int | None = None
    others: list[int] = []
    informed: list[int] = []
    text: Paragraphs = ""
    due_on: Day | None = None
    to_file: bool = False


class Saying(BaseModel):
    """A text, and what it needs beside."""

    text: Paragraphs = ""
    reply: int | None = None
    wanted: Day | None = None


class Correcting(BaseModel):
    """The fields of the card that are corrected most, and why."""

    reason: OneLine = ""
    version: int
    summary: Paragraphs | None = None
    their_number: OneLine | None = None
    sheets: int | None = None
    case_index: OneLine | None = None


class Filing(BaseModel):
    """Into which case."""

    case_index: OneLine | None = None


class Removing(BaseModel):
    """On whose word control ends, and why."""

    instructed_by: int
    reason: OneLine = ""
    notified: OneLine | None = None


@bp.post("/<int:document_id>/submit")
def submit(document_id: int) -> Response | tuple[str, int]:
    """Lay the letter before an official."""
    form = read(Submitting)
    return _do(document_id, lambda s, who, d: submission.submit(s, who, d, official=form.official, note=form.note))


@bp.post("/<int:document_id>/resolve")
def resolve(document_id: int) -> Response | tuple[str, int]:
    """Write the resolution."""
    form = read(Resolving)

    def act(session: Session, who: Actor, document: Document) -> object:
        before = submission.waiting_before_any(session, document, who.people)
        chosen = [form.responsible] if form.responsible else []
        executors = [Executor(person) for person in dict.fromkeys([*chosen, *form.others])]
        executors += [Executor(person, Purpose.ACQUAINT) for person in form.informed]
        return resolution.issue(
            session,
            who,
            before or document,
            text=form.text,
            executors=executors,
            due_on=form.due_on,
            to_file=form.to_file,
        )

    return _do(document_id, act)


@bp.post("/<int:document_id>/assignments/<int:assignment_id>/<what>")
def work(document_id: int, assignment_id: int, what: str) -> Response | tuple[str, int]:
    """What an executor does with her work."""
    form = read(Saying)

    def act(session: Session, who: Actor, document: Document) -> None:
        assignment = _mine(session, who, document, assignment_id)
        match what:
            case "report":
                execution.report(session, who, assignment, text=form.text, reply_document_id=form.reply)
            case "acquaint":
                execution.acquaint(session, who, assignment)
            case "give-back":
                execution.give_back(session, who, assignment, reason=form.text)
            case "more-time" if form.wanted is not None:
                extension.ask(session, who, assignment, wanted=form.wanted, reason=form.text)
            case "more-time":
                raise Invalid(fields={"wanted": "field.missing"})
            case _:
                raise NotFound

    return _do(document_id, act)


@bp.post("/<int:document_id>/judge/<int:assignment_id>")
def judge(document_id: int, assignment_id: int) -> Response | tuple[str, int]:
    """Accept a report, or send the work back with a remark."""
    form = read(Saying)

    def act(session: Session, who: Actor, document: Document) -> None:
        assignment = session.get(Assignment, assignment_id)
        if assignment is None or assignment.document_id != document.document_id or not assignment.reports:
            raise NotFound
        if request.form.get("do") == "return":
            execution.return_for_rework(session, who, assignment.reports[-1], remark=form.text)
        else:
            execution.accept(session, who, assignment.reports[-1], remark=form.text or None)

    return _do(document_id, act)


@bp.post("/<int:document_id>/correct")
def correct(document_id: int) -> Response | tuple[str, int]:
    """Correct the card, with a reason."""
    form = read(Correcting)
    given = {name: getattr(form, name) for name in ("summary", "their_number", "sheets", "case_index")}
    changes = {name: value for name, value in given.items() if value is not None}
    return _do(
        document_id,
        lambda s, who, d: corrections.correct(s, who, d, changes, reason=form.reason, version=form.version),
    )


@bp.post("/<int:document_id>/file")
def file(document_id: int) -> Response | tuple[str, int]:
    """Into the case."""
    form = read(Filing)
    return _do(document_id, lambda s, who, d: file_document(s, who, d, case_index=form.case_index))


@bp.post("/<int:document_id>/control")
def put_on_control(document_id: int) -> Response | tuple[str, int]:
    """Put on control until its legal term."""
    return _do(document_id, lambda s, who, d: control.put(s, who, d))


@bp.post("/<int:document_id>/control/remove")
def take_off_control(document_id: int) -> Response | tuple[str, int]:
    """Take off control, on instruction."""
    form = read(Removing)
    return _do(
        document_id,
        lambda s, who, d: control.remove(
            s, who, d, instructed_by=form.instructed_by, reason=form.reason, notified=form.notified
        ),
    )


def _mine(session: Session, who: Actor, document: Document, assignment_id: int) -> Assignment:
    for assignment in reading.assignments_of(session, who, document):
        if assignment.assignment_id == assignment_id:
            return assignment
    raise NotFound


def _do(document_id: int, act: Act) -> Response | tuple[str, int]:
    """One act in one transaction, then back to the letter; a refusal shows at its field on the letter's page."""
    who = actor()
    try:
        with house().transaction() as session:
            act(session, who, document_of(session, who, document_id, lock=True))
    except Invalid as error:
        with house().transaction() as session:
            return render_page(session, who, document_of(session, who, document_id), Filled.again(error)), 422
    return redirect(url_for("letter.page", document_id=document_id), 303)
