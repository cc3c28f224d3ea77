"""Holds on destruction: the list, placing one on a letter, a case file or a case index, lifting it with the reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.filing import case_files, plan
from edms.filing.models import CaseFile, CaseIndex
from edms.registry import documents
from edms.registry.models import Document
from edms.retention import holds
from edms.web.desk import keeping_shown
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import Day, Paragraphs
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("holding", __name__)
PAGE = 50


class Placed(BaseModel):
    """Why destruction is stopped, on what ground, until when."""

    reason: Paragraphs = ""
    ground: Paragraphs = ""
    until: Day | None = None


class Lifted(BaseModel):
    """Why a hold is lifted."""

    reason: Paragraphs = ""


@bp.get("/cases/holds")
def index() -> str:
    """The holds that stand, and on request those that were lifted."""
    who, lifted = actor(), "lifted" in request.args
    before = request.args.get("before", type=int)
    with house().transaction() as session:
        found = holds.holds(session, who, lifted=lifted, before=before, limit=PAGE + 1)
        older = found[PAGE - 1].hold.hold_id if len(found) > PAGE else None
        kept = "1" if lifted else None
        return render_template(
            "desk/holds.html", lifted=lifted,
            rows=[keeping_shown.held_line(session, who, each) for each in found[:PAGE]],
            older=url_for("holding.index", before=older, lifted=kept) if older else None,
            newer=url_for("holding.index", lifted=kept) if before else None,
        )  # fmt: skip


@bp.route("/letters/<int:document_id>/hold", methods=["GET", "POST"])
def on_letter(document_id: int) -> str | Response | tuple[str, int]:
    """Stop destruction of a letter, and with it of its case file."""
    return _place(
        lambda session: documents.document_of(session, actor(), document_id),
        url_for("letter.page", document_id=document_id),
    )


@bp.route("/cases/<int:case_file_id>/hold", methods=["GET", "POST"])
def on_case_file(case_file_id: int) -> str | Response | tuple[str, int]:
    """Stop destruction of a case file."""
    return _place(
        lambda session: case_files.case_file_of(session, actor(), case_file_id),
        url_for("cases.volume", case_file_id=case_file_id),
    )


@bp.route("/cases/plan/<int:case_index_id>/hold", methods=["GET", "POST"])
def on_case_index(case_index_id: int) -> str | Response | tuple[str, int]:
    """Stop destruction of every case file of an index."""
    return _place(lambda session: plan.case_index_of(session, actor(), case_index_id), url_for("holding.index"))


@bp.route("/cases/holds/<int:hold_id>/lift", methods=["GET", "POST"])
def lift(hold_id: int) -> str | Response | tuple[str, int]:
    """Lift a hold: the password again, and the reason."""
    who = actor()
    with house().transaction() as session:
        found = holds.hold_of(session, who, hold_id)
        if not keeping_shown.may_lift(who, found):
            require(who, Permission.HOLD_LIFT, found)
    if (away := to_step_up()) is not None:
        return away
    if request.method == "GET":
        return _lift_page(hold_id, Filled())
    try:
        form = read(Lifted)
        with house().transaction() as session:
            holds.lift(session, who, holds.hold_of(session, who, hold_id), reason=form.reason)
    except (Invalid, RuleBroken) as error:
        return _lift_page(hold_id, Filled.again(error).at("reason")), 422
    return redirect(url_for("holding.index", lifted=1), 303)


def _lift_page(hold_id: int, form: Filled) -> str:
    with house().transaction() as session:
        found = holds.hold_of(session, actor(), hold_id)
        return render_template("desk/hold_lift.html", form=form, held=keeping_shown.hold_line(session, actor(), found))


def _place(find: Callable[[Session], holds.Held], back: str) -> str | Response | tuple[str, int]:
    who = actor()
    try:
        with house().transaction() as session:
            thing = find(session)
            require(who, Permission.HOLD_PLACE, thing)
            if request.method == "GET":
                return _place_page(thing, Filled(), back)
            form = read(Placed)
            holds.place(session, who, thing, reason=form.reason, ground=form.ground, until=form.until)
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            return _place_page(find(session), Filled.again(error).at("reason"), back), 422
    return redirect(back, 303)


def _place_page(thing: holds.Held, form: Filled, back: str) -> str:
    return render_template("desk/hold_place.html", form=form, back=back, name=named(thing))


def named(thing: holds.Held) -> str:
    """What a hold is on, in words."""
    if isinstance(thing, Document):
        return t("disposal.of_letter", number=thing.number)
    if isinstance(thing, CaseFile):
        return t("disposal.of_case", index=thing.case_index.index, n=thing.volume)
    assert isinstance(thing, CaseIndex)
    return t("disposal.of_index", index=thing.index, year=thing.year)
