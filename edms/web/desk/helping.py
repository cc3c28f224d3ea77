"""Help for every page in the office's words, and the question box that reaches the administrator."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.errors import Conflict, Invalid, NotFound
from edms.staff.models import Organisation
from edms.staff.questions import asking
from edms.staff.questions.models import Question
from edms.web.desk.help_topics import TOPICS
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("help", __name__, url_prefix="/help")
box = Blueprint("questions", __name__, url_prefix="/house/questions")


class Said(BaseModel):
    """A question, or its answer."""

    text: Paragraphs = ""


@bp.get("/")
def index() -> str:
    """Every page's help, and what one has asked so far."""
    return _topics(None, Filled())


@bp.route("/<topic>", methods=["GET", "POST"])
def topic(topic: str) -> str | Response | tuple[str, int]:
    """What the page is for and how the usual act goes; below it the question box."""
    if topic not in TOPICS:
        raise NotFound
    if request.method == "GET":
        return _topics(topic, Filled())
    try:
        with house().transaction() as session:
            asking.ask(session, actor(), topic=topic, text=read(Said).text)
    except Invalid as error:
        return _topics(topic, Filled.again(error)), 422
    return redirect(url_for("help.topic", topic=topic, asked="yes"), 303)


@bp.get("/questions/<int:question_id>")
def question(question_id: int) -> str:
    """One question with its answer: for who asked, and for who may answer."""
    who = actor()
    with house().transaction() as session:
        return _question(session, who, asking.question_of(session, who, question_id), Filled())


@bp.post("/questions/<int:question_id>")
def answer(question_id: int) -> Response | tuple[str, int]:
    """Answer it; who asked is told."""
    who = actor()
    try:
        with house().transaction() as session:
            asking.answer(session, who, asking.question_of(session, who, question_id), text=read(Said).text)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _question(session, who, asking.question_of(session, who, question_id), Filled.again(error)), 422
    return redirect(url_for("questions.page"), 303)


@box.get("/")
def page() -> str:
    """The questions of the office, unanswered ones first."""
    with house().transaction() as session:
        return render_template("desk/house_questions.html", questions=asking.questions(session, actor()))


def _topics(topic: str | None, form: Filled) -> str:
    who = actor()
    with house().transaction() as session:
        return render_template(
            "desk/help.html", topic=topic, form=form, topics=sorted(TOPICS, key=lambda name: t(f"help.{name}.title")),
            own=asking.own(session, who), reachable=bool(asking.administrators(session, who.organisation_id)),
        )  # fmt: skip


def _question(session: Session, who: Actor, found: Question, form: Filled) -> str:
    office = session.get_one(Organisation, found.organisation_id)
    may_answer = permits(who, Permission.QUESTION_ANSWER, office) and found.answered_at is None
    return render_template("desk/question.html", question=found, form=form, may_answer=may_answer)
