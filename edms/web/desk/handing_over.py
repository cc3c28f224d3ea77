"""What a person holds, on one page, and all or some of it given to others; each thing in a transaction of its own."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.drafting.signatories import TO_BE_SIGNED
from edms.errors import Conflict, EdmsError, Invalid, NotFound, RuleBroken
from edms.overview.holding import Held, Kind, holding, move
from edms.routing import handing_over
from edms.staff.models import Official
from edms.staff.officials import official_of
from edms.web.desk import showing
from edms.web.kit import Filled, Line, explained, language, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("handing_over", __name__, url_prefix="/handover")


class Giving(BaseModel):
    """What goes to whom, and why. `all` takes everything that is on the page."""

    marked: list[str] = []
    to: int | None = None
    reason: OneLine = ""
    all: bool = False


@bp.get("/<int:official_id>")
def page(official_id: int) -> str:
    """Everything that lies with her."""
    with house().transaction() as session:
        return _page(session, actor(), official_of(session, actor(), official_id), Filled())


@bp.post("/<int:official_id>")
def give(official_id: int) -> str | Response | tuple[str, int]:
    """Give what is marked, or all; what cannot be given stays and says why."""
    who, form = actor(), read(Giving)
    try:
        chosen = _chosen(who, official_id, form)
    except Invalid as error:
        with house().transaction() as session:
            return _page(session, who, official_of(session, who, official_id), Filled.again(error)), 422
    refused, moved = [], 0
    for kind, ident in chosen:
        try:
            with house().transaction() as session:
                giver = official_of(session, who, official_id)
                change = handing_over.agreed(session, who, giver, to=form.to or 0, reason=form.reason)
                move(session, who, kind, ident, change)
            moved += 1
        except (Invalid, RuleBroken, Conflict, NotFound) as error:
            refused.append((f"{kind.value}-{ident}", _said(error)))
    if refused:
        with house().transaction() as session:
            official = official_of(session, who, official_id)
            return _page(session, who, official, Filled.of(reason=form.reason), moved, dict(refused)), 409
    return redirect(url_for("handing_over.page", official_id=official_id, moved=moved), 303)


def _chosen(who: Actor, official_id: int, form: Giving) -> list[tuple[Kind, int]]:
    """What is to be moved, in the page's order. Errors: as `agreed`, and Invalid for nothing."""
    with house().transaction() as session:
        giver = official_of(session, who, official_id)
        handing_over.agreed(session, who, giver, to=form.to or 0, reason=form.reason)
        held = [(h.kind, h.ident) for rows in holding(session, who, giver).values() for h in rows]
    chosen = [(kind, ident) for kind, ident in held if form.all or f"{kind.value}-{ident}" in form.marked]
    if not chosen:
        raise Invalid(fields={"marked": "handover.nothing_marked"})
    return chosen


def _said(error: EdmsError) -> str:
    problem = explained(error)
    return " ".join(problem.fields.values()) or problem.text


def _page(
    session: Session,
    who: Actor,
    official: Official,
    form: Filled,
    moved: int = 0,
    refused: dict[str, str] | None = None,
) -> str:
    held = holding(session, who, official)
    speaks, refusals = language(), refused or {}
    return render_template(
        "desk/handover.html",
        person=official,
        form=form,
        moved=moved or request.args.get("moved", 0, type=int),
        refused=len(refusals),
        total=sum(len(rows) for rows in held.values()),
        groups=[
            (kind.value, [_line(each, refusals, hers=official.official_id == who.official_id) for each in rows])
            for kind, rows in held.items()
        ],
        people=[
            (p.official_id, f"{p.name(speaks)} · {p.post(speaks)}")
            for p in handing_over.receivers(session, who, official)
        ],
    )


def _line(held: Held, refusals: dict[str, str], *, hers: bool) -> Line:
    ident = f"{held.kind.value}-{held.ident}"
    said = refusals.get(ident, "")
    if held.line is not None:
        return replace(showing.line(held.line, said=said, hers=hers), id=ident)
    subject = held.draft.subject if held.draft is not None else ""
    state = said or (t(f"drafting.state.{held.draft.state.value}") if held.draft is not None else "")
    href = f"#line-{ident}"
    if held.kind is Kind.DRAFT and held.draft is not None and held.draft.state in TO_BE_SIGNED:
        href = url_for("signatories.call_off", draft_id=held.draft.draft_id)
    return Line(id=ident, href=href, number=None, date="", summary=subject, state=state)
