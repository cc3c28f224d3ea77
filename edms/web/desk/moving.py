"""A letter in the wrong register, moved to the right one: the password first, then the register and the reason.

Then the new number, large, with the slip and the label to be printed anew.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid, RuleBroken
from edms.registry import documents, former, registers
from edms.registry.models import Document
from edms.routing import moving
from edms.web.desk import house as place
from edms.web.desk import view
from edms.web.kit import Filled, language, read, t, today
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("moving", __name__, url_prefix="/letters")


class Moving(BaseModel):
    """To which register, and why."""

    register_id: int | None = None
    reason: OneLine = ""


@bp.route("/<int:document_id>/register", methods=["GET", "POST"])
def page(document_id: int) -> str | Response | tuple[str, int]:
    """The question, and the act."""
    away = _before(document_id)
    if away is not None:
        return away
    who = actor()
    if request.method == "GET":
        with house().transaction() as session:
            return _page(session, who, documents.document_of(session, who, document_id), Filled())
    try:
        given = read(Moving)
        with house().transaction() as session:
            document = documents.document_of(session, who, document_id, lock=True)
            if given.register_id is None:
                raise Invalid(fields={"register_id": "field.missing"})
            book = registers.register_of(session, who, given.register_id)
            moving.move(session, who, document, book, reason=given.reason)
    except (Invalid, RuleBroken, Conflict) as error:
        with house().transaction() as session:
            document = documents.document_of(session, who, document_id)
            return _page(session, who, document, place.again(error)), 422 if isinstance(error, Invalid) else 409
    return redirect(url_for("moving.done", document_id=document_id), 303)


@bp.get("/<int:document_id>/register/done")
def done(document_id: int) -> str:
    """The number that it has now, large, and the papers that must be printed anew."""
    who = actor()
    with house().transaction() as session:
        document = documents.document_of(session, who, document_id)
        was = former.of(session, [document_id]).get(document_id, [])
        return render_template("desk/moved.html", document=document, was=was)


def _before(document_id: int) -> Response | None:
    """Who may not is refused before the password is asked."""
    who = actor()
    with house().transaction() as session:
        require(who, Permission.DOCUMENT_CORRECT, documents.document_of(session, who, document_id))
    return to_step_up()


def _page(session: Session, who: Actor, document: Document, form: Filled) -> str:
    books = [
        (book.register_id, book.name(language()))
        for book in registers.registers(session, who)
        if registers.is_open(book, today())
        and book.kind.comes_in == document.kind.comes_in
        and book.register_id != document.register_id
    ]
    return render_template(
        "desk/move.html", document=document, line=view.line_of(session, who, document),
        pages=view.pages_of(session, document), books=books, form=form,
        told=[(t("card.register"), document.register.name(language())), (t("web.line.number"), document.number)],
    )  # fmt: skip
