"""Beside the pile: the paper with the signatures so far, letting another sign, and from which level papers may leave."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from edms.drafting import calling_off, drafts, laying, signatories
from edms.drafting.models import Draft
from edms.errors import EdmsError, Invalid, NotFound, RuleBroken
from edms.registry.registers import register_of
from edms.signing import rules
from edms.signing.verdicts import Level
from edms.staff.models import Official
from edms.staff.organisations import organisation_of
from edms.web.desk import pictures, signing
from edms.web.kit import Filled, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("signatories", __name__)


@bp.get("/sign/<int:draft_id>/paper")
def paper(draft_id: int) -> Response:
    """The paper as it lies before its signers, with the signatures so far."""
    with house().transaction() as session:
        content = laying.shown_now(session, drafts.draft_of(session, actor(), draft_id))
    if content is None:
        raise NotFound
    return pictures.download(house().store, content)


@bp.get("/sign/<int:draft_id>/page/<int:page>/<kind>")
def picture(draft_id: int, page: int, kind: str) -> Response:
    """The picture of a page of it."""
    with house().transaction() as session:
        content = laying.shown_now(session, drafts.draft_of(session, actor(), draft_id))
        found = pictures.rendition(session, content.content_id if content is not None else None, page, kind)
    return pictures.answer(house().store, found)


@bp.post("/sign/<int:draft_id>/delegate")
def delegate(draft_id: int) -> Response | tuple[str, int]:
    """Let another sign in one's place."""
    to = request.form.get(f"to-{draft_id}", 0, type=int)
    try:
        with house().transaction() as session:
            draft = drafts.draft_of(session, actor(), draft_id, lock=True)
            signatories.delegate(session, actor(), draft, to=to, reason=request.form.get(f"why-{draft_id}", ""))
    except (Invalid, RuleBroken) as error:
        return signing.again(_named(error, draft_id))
    return redirect(url_for("signing.pile"), 303)


@bp.route("/sign/<int:draft_id>/call-off", methods=["GET", "POST"])
def call_off(draft_id: int) -> str | Response | tuple[str, int]:
    """The author, or who leads her, ends the round of signatures with a reason."""
    form = Filled()
    if request.method == "POST":
        try:
            with house().transaction() as session:
                draft = calling_off.round_of(session, actor(), draft_id, lock=True)
                calling_off.call_off(session, actor(), draft, reason=request.form.get("reason", ""))
                back = _whence(draft)
            return redirect(back, 303)
        except (Invalid, RuleBroken) as error:
            form = Filled.again(error, {"reason": t("desk.reason")})
    with house().transaction() as session:
        draft = calling_off.round_of(session, actor(), draft_id)
        people = [(each, session.get_one(Official, each.official_id)) for each in draft.signatories]
        author = session.get_one(Official, draft.author_id)
        page = render_template(
            "desk/call_off.html", draft=draft, people=people, author=author, form=form, back=_whence(draft)
        )
    return (page, 422) if form.failed else page


@bp.post("/house/signing/level")
def set_level() -> Response:
    """From which level papers may leave; of a register, or of all that have no rule of their own."""
    typed = request.form.get("least", "")
    if typed and typed not in set(Level):
        raise Invalid(fields={"least": "field.not_a_choice"})
    with house().transaction() as session:
        of = request.form.get("register", type=int)
        where = organisation_of(session, actor(), actor().organisation_id or 0)
        book = register_of(session, actor(), of) if of else None
        rules.set_least(session, actor(), where, Level(typed) if typed else None, register=book)
    return redirect(url_for("by_hand.rule"), 303)


def _whence(draft: Draft) -> str:
    """The draft, for its author; for who leads her, whose draft it is not, all that the author holds."""
    if draft.author_id in actor().people:
        return url_for("writing.page", draft_id=draft.draft_id)
    return url_for("handing_over.page", official_id=draft.author_id)


def _named(error: EdmsError, draft_id: int) -> Filled:
    """What is wrong, at the fields of its draft."""
    form = Filled.again(error)
    names = {"to": f"to-{draft_id}", "reason": f"why-{draft_id}"}
    return replace(form, errors={names.get(name, name): said for name, said in form.errors.items()})
