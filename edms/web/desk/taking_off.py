"""What is proposed for removal from control, and several of them taken off at once on one leader's word.

Each letter in a transaction of its own: one that may not be taken off yet stays and says why, and stops no other.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.drafting import seats
from edms.errors import Conflict, EdmsError, Invalid, NotFound, RuleBroken
from edms.overview.line import LetterLine, lines_of
from edms.registry.documents import document_of
from edms.routing import control
from edms.web.desk import showing
from edms.web.kit import Filled, Line, explained, language, read, t
from edms.web.kit.forms import OneLine, marked
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("taking_off", __name__, url_prefix="/control/proposed")
PAGE = 100


class TakingOff(BaseModel):
    """On whose word, why, and how those were told to whom no final reply was sent from here."""

    instructed_by: int | None = None
    reason: OneLine = ""
    notified: OneLine | None = None


@bp.get("/")
def page() -> str:
    """What was answered or executed and waits for the word that ends control."""
    with house().transaction() as session:
        return _page(session, actor(), Filled(), done=request.args.get("done", 0, type=int))


@bp.post("/")
def take_off() -> str | Response | tuple[str, int]:
    """Take all that are marked off control."""
    who, form, chosen = actor(), read(TakingOff), marked()
    if wrong := _wrong(form, chosen):
        with house().transaction() as session:
            return _page(session, who, Filled.again(wrong)), 422
    refused: dict[int, str] = {}
    for document_id in chosen:
        try:
            with house().transaction() as session:
                document = document_of(session, who, document_id, lock=True)
                control.remove(
                    session, who, document, instructed_by=form.instructed_by or 0, reason=form.reason,
                    notified=form.notified,
                )  # fmt: skip
        except (Invalid, RuleBroken, Conflict, NotFound) as error:
            refused[document_id] = _said(error)
    done = len(chosen) - len(refused)
    if not refused:
        return redirect(url_for("taking_off.page", done=done), 303)
    kept = Filled.of(instructed_by=form.instructed_by, reason=form.reason, notified=form.notified)
    with house().transaction() as session:
        return _page(session, who, kept, done=done, refused=refused), 409


def _wrong(form: TakingOff, chosen: list[int]) -> Invalid | None:
    missing = {
        "marked": None if chosen else "control.nothing_marked",
        "instructed_by": None if form.instructed_by else "field.missing",
        "reason": None if form.reason else "routing.reason_missing",
    }
    fields = {name: message for name, message in missing.items() if message is not None}
    return Invalid(fields=fields) if fields else None


def _said(error: EdmsError) -> str:
    problem = explained(error)
    return " ".join(problem.fields.values()) or problem.text


def _page(
    session: Session, who: Actor, form: Filled, *, done: int = 0, refused: dict[int, str] | None = None
) -> str:  # fmt: skip
    require(who, Permission.CONTROL_READ)
    total = control.count_controlled(session, who, answered=True)
    rows = control.list_controlled(session, who, answered=True, limit=PAGE)
    lines = lines_of(session, [document for _, document in rows], clock.today(who.time_zone))
    may = {d.document_id for _, d in rows if permits(who, Permission.CONTROL_REMOVE, d)}
    said = refused or {}
    return render_template(
        "desk/control_proposed.html",
        form=form,
        done=done,
        refused=len(said),
        total=total,
        rows=[(_line(line, said), line.document.document_id in may) for line in lines],
        leaders=[(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in seats.signers(session, who)],
        cut=t("control.proposed_cut", shown=words.number(language(), len(rows)), n=total) if total > len(rows) else "",
        may=bool(may),
    )


def _line(line: LetterLine, refused: dict[int, str]) -> Line:
    row, said = showing.line(replace(line, term=None, kind="calm")), refused.get(line.document.document_id)
    return replace(row, state=words.unended(said), term="", kind="late") if said else row
