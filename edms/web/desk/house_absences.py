"""Who is away and who stands in for her, from day to day; entered by an administrator, a head, or by herself."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.errors import Conflict, Invalid
from edms.staff import substitution as rooms
from edms.staff.models import Official, Substitution
from edms.staff.officials import official_of, officials
from edms.web.desk import house as place
from edms.web.kit import Filled, language, read, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("absences", __name__, url_prefix="/house/absences")


class Absence(BaseModel):
    """Who is away, who stands in, from when until when, and why."""

    absent: int | None = None
    substitute: int
    from_on: Day
    until_on: Day
    reason: OneLine = ""


@bp.route("/", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """Who is away now and soon, and the form to enter another."""
    who = actor()
    try:
        with house().transaction() as session:
            if request.method == "GET":
                chosen = request.args.get("absent", type=int) or who.official_id
                return _page(session, who, Filled.of(from_on=today(), absent=chosen))
            form = read(Absence)
            rooms.enter_substitution(
                session, who, absent=official_of(session, who, form.absent or who.official_id or 0),
                substitute=official_of(session, who, form.substitute), from_on=form.from_on, until_on=form.until_on,
                reason=form.reason,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _page(session, who, place.again(error)), 422
    return redirect(url_for("absences.page"), 303)


@bp.post("/<int:substitution_id>/end")
def end(substitution_id: int) -> Response:
    """She is back: the other's desk loses these rights with its next page."""
    with house().transaction() as session:
        rooms.end_substitution(session, actor(), rooms.substitution_of(session, actor(), substitution_id))
    return redirect(url_for("absences.page"), 303)


def may_end(who: Actor, row: Substitution) -> bool:
    """Would `end_substitution` be allowed?"""
    return who.official_id == row.substitute_id or decides_for(who, row.absent)


def decides_for(who: Actor, absent: Official) -> bool:
    """May she enter that this person is away?"""
    leads = (Role.ADMINISTRATOR, Role.HEAD, Role.DEPUTY, Role.COUNCIL_CHAIR)
    return absent.official_id == who.official_id or any(
        who.has(role, absent.organisation_id, absent.unit_id) for role in leads
    )


def _page(session: Session, who: Actor, form: Filled) -> str:
    speaks = language()
    people = officials(session, who)
    chosen = [(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in people]
    day = clock.today(who.time_zone)
    rows = [(row, row.from_on <= day, may_end(who, row)) for row in rooms.substitutions(session, who)]
    return render_template(
        "desk/house_absences.html", rows=rows, form=form, people=[c for c in chosen if c[0] != who.official_id],
        absent=[c for c, p in zip(chosen, people, strict=True) if decides_for(who, p)],
    )  # fmt: skip
