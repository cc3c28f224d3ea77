"""Services of an organisation: which unit the routes mean by "social" and the like, and what citizens apply for online."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.services import applying, seats
from edms.staff import units as rooms
from edms.web.desk import house as place
from edms.web.desk import yearly_shown
from edms.web.desk.route_form import said
from edms.web.kit import Filled, language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("house_services", __name__, url_prefix="/house/services")


@bp.get("/")
def page() -> str:
    """The units of the routes, and the services that are offered."""
    with house().transaction() as session:
        return shown(session, actor(), Filled.of())


@bp.post("/seats")
def name() -> Response | tuple[str, int]:
    """Say which units they are."""
    who = actor()
    try:
        with house().transaction() as session:
            where = place.organisation(session, who)
            require(who, Permission.SERVICES_MANAGE, where)
            for seat in seats.named_by_routes(session, where):
                unit_id = request.form.get(f"seat-{seat}", type=int)
                version = request.form.get(f"version-{seat}", 0, type=int)
                seats.name(session, who, where, seat, unit_id=unit_id, version=version)
            kept = place.of(where, who)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return shown(session, who, Filled.again(error)), 422 if isinstance(error, Invalid) else 409
    return redirect(url_for("house_services.page", **kept), 303)


@bp.post("/offers")
def offer() -> Response | tuple[str, int]:
    """Say what citizens can apply for online."""
    who = actor()
    try:
        with house().transaction() as session:
            where = place.organisation(session, who)
            applying.offer(session, who, where, request.form.getlist("offered"))
            kept = place.of(where, who)
    except Invalid as error:
        with house().transaction() as session:
            return shown(session, who, Filled.again(error)), 422
    return redirect(url_for("house_services.page", **kept), 303)


def shown(session: Session, who: Actor, form: Filled) -> str:
    """The page, with what was refused."""
    where = place.organisation(session, who)
    require(who, Permission.SERVICES_MANAGE, where)
    day = clock.today(where.time_zone)
    units = [u for u in rooms.units(session, who, organisation=where) if u.open_on(day)]
    kept = seats.seats(session, where.organisation_id)
    offered = {route.name for route in applying.offered(session, where)}
    return render_template(
        "desk/house_services.html", where=where, kept=place.of(where, who), form=form,
        units=[(u.unit_id, f"{u.index} {u.name(language())}".strip()) for u in units],
        seats=[(each, _words(each), kept.get(each)) for each in seats.named_by_routes(session, where)],
        services=[(r.name, said(r, r.title), r.name in offered) for r in applying.may_be_offered(session, where)],
        address=url_for("apply.index", code=where.code),
        yearly=yearly_shown.lines(session, where), people=yearly_shown.people(session, who, where),
    )  # fmt: skip


def _words(seat: str) -> str:
    message = f"proceedings.unit.{seat}"
    return t(message) if words.known(message) else seat
