"""Proposals on the page of a case: entered, scored, judged, answered where an open step of hers says so."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.errors import Conflict, Invalid, RuleBroken
from edms.services import cases
from edms.services.models import Case
from edms.services.participation import proposing
from edms.web.desk import proceedings
from edms.web.kit import once
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("case_proposals", __name__, url_prefix="/proceedings")
REFUSALS = (Invalid, RuleBroken, Conflict)
Answer = Response | tuple[str, int]


@bp.post("/<int:case_id>/proposals")
def add(case_id: int) -> Answer:
    """Enter one."""

    def act(session: Session, who: Actor, case: Case) -> None:
        proposing.add(session, who, case, _given())

    return _act(case_id, "proposals", act)


@bp.post("/<int:case_id>/proposals/<int:proposal_id>")
def enter(case_id: int, proposal_id: int) -> Answer:
    """Enter what is asked about it now, or take it off."""

    def act(session: Session, who: Actor, case: Case) -> None:
        proposal = proposing.proposal_of(session, case, proposal_id)
        version = request.form.get("version", 0, type=int)
        if "strike" in request.form:
            proposing.strike(session, who, case, proposal, version=version)
        else:
            proposing.enter(session, who, case, proposal, _given(), version=version)

    return _act(case_id, f"proposal-{proposal_id}", act)


def _given() -> dict[str, str]:
    names = [name for fields in proposing.FIELDS.values() for name in fields]
    return {name: request.form[name] for name in names if name in request.form}


def _act(case_id: int, at: str, act: Callable[[Session, Actor, Case], None]) -> Answer:
    who = actor()
    try:
        with house().transaction() as session:
            case = cases.case_of(session, who, case_id)
            sent = once.sent(session, who)
            if sent.place is None:
                act(session, who, case)
                sent.led(url_for("proceedings.page", case_id=case_id))
    except REFUSALS as error:
        with house().transaction() as session:
            page = proceedings.shown(session, who, case_id, at=at, error=error)
        return page, 422 if isinstance(error, Invalid) else 409
    return redirect(url_for("proceedings.page", case_id=case_id, _anchor="proposals"), 303)
