"""The letterhead: the line above the name, the second language, the coat of arms; seen on a sheet before a letter is written."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.capture import arms
from edms.drafting.pages import office_of
from edms.drafting.paper.letter import Letter, letter
from edms.errors import Conflict, Invalid
from edms.staff import letterheads
from edms.staff.models import Organisation
from edms.web.desk import house as place
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("letterhead", __name__, url_prefix="/house/letterhead")


class Card(BaseModel):
    """What is set; the line above the name is read by language beside it."""

    second_language: OneLine = ""
    without_picture: OneLine = ""
    version: int = 0


@bp.route("/", methods=["GET", "POST"])
def page() -> str | AnyResponse | tuple[str, int]:
    """Set it; the sheet beside shows what stands now."""
    who = actor()
    with house().transaction() as session:
        require(who, Permission.PEOPLE_MANAGE, place.organisation(session, who))
    try:
        picture = _picture() if request.method == "POST" else None
        with house().transaction() as session:
            where = place.organisation(session, who)
            if request.method == "GET":
                return _page(session, who, _filled(where))
            card = read(Card)
            letterheads.keep(
                session, who, where, version=card.version, above=place.names("above"),
                second_language=card.second_language or None, picture=picture, without_picture=bool(card.without_picture),
            )  # fmt: skip
            kept = place.of(where, who)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _page(session, who, place.again(error, "above")), 422
    return redirect(url_for("letterhead.page", **kept), 303)


@bp.get("/preview.pdf")
def preview() -> Response:
    """A letter with nothing in it, as it would be printed today."""
    who = actor()
    with house().transaction() as session:
        where = place.organisation(session, who)
        require(who, Permission.PEOPLE_MANAGE, where)
        speaks = where.language
        office = office_of(where, speaks)
    made = letter(
        Letter(
            office=office, language=speaks, subject=t("letterhead.sample_subject"), text=t("letterhead.sample_text"),
            signatory=t("letterhead.sample_name"), signatory_post=t("letterhead.sample_post"),
            addressee=t("letterhead.sample_addressee"),
        )
    )  # fmt: skip
    return Response(made.pdf, mimetype="application/pdf")


def _picture() -> bytes | None:
    file = request.files.get("picture")
    return arms.drawn(file.read(arms.LARGEST + 1)) if file is not None and file.filename else None


def _filled(where: Organisation) -> Filled:
    head = where.letterhead
    above = place.spread("above", head.above if head is not None else {})
    return Filled.of(**above, second_language=head.second_language if head is not None else "", version=where.version)


def _page(session: Session, who: Actor, form: Filled) -> str:
    where = place.organisation(session, who)
    others = [code for code in ("ka", "hy", "en", "ru") if code != where.language and where.names.get(code)]
    return render_template(
        "desk/letterhead.html", where=where, kept=place.of(where, who), form=form,
        seconds=[(code, t(f"language.name.{code}")) for code in others],
    )  # fmt: skip
