"""Units of an organisation, and the organisations below: opened, renamed, moved, closed on a day."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Conflict, Invalid, RuleBroken
from edms.staff import units as rooms
from edms.staff.models import Organisation, Unit
from edms.staff.officials import officials
from edms.staff.organisations import organisations
from edms.web.desk import house as place
from edms.web.kit import Filled, language, read, t, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("units", __name__, url_prefix="/house/units")


class UnitCard(BaseModel):
    """A unit's card; its names are read by language beside it."""

    index: OneLine = ""
    above: int | None = None


class Closing(BaseModel):
    """From which day it is closed."""

    on: Day | None = None


@bp.get("/")
def page() -> str:
    """The tree of units, and of the organisations that she administers."""
    who = actor()
    with house().transaction() as session:
        where = place.organisation(session, who)
        found = rooms.units(session, who, organisation=where)
        day = clock.today(where.time_zone)
        people = officials(session, who, organisation=where)
        offices = organisations(session, who)
        return render_template(
            "desk/house_units.html", where=where, kept=place.of(where, who),
            nodes=_nodes([u for u in found if u.open_on(day)], people), closed=[u for u in found if not u.open_on(day)],
            offices=_offices(offices, where) if len(offices) > 1 else [],
            may_manage=permits(who, Permission.PEOPLE_MANAGE, where),
        )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
def enter() -> str | Response | tuple[str, int]:
    """Open a unit."""
    who = actor()
    try:
        with house().transaction() as session:
            where = place.organisation(session, who)
            require(who, Permission.PEOPLE_MANAGE, where)
            if request.method == "GET":
                return _form(session, who, where, None, Filled.of(above=request.args.get("above")))
            card = read(UnitCard)
            above = rooms.unit_of(session, who, card.above) if card.above else None
            rooms.open_unit(session, who, where, names=place.names("names"), index=card.index, above=above)
            kept = place.of(where, who)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            where = place.organisation(session, who)
            return _form(session, who, where, None, place.again(error, "names")), 422
    return redirect(url_for("units.page", **kept), 303)


@bp.route("/<int:unit_id>", methods=["GET", "POST"])
def unit(unit_id: int) -> str | Response | tuple[str, int]:
    """Rename it, change its index for numbers to come, put it under another one."""
    who = actor()
    try:
        with house().transaction() as session:
            found = rooms.unit_of(session, who, unit_id)
            if request.method == "GET":
                return _form(session, who, found.organisation, found, _filled(found))
            card = read(UnitCard)
            rooms.change_unit(session, who, found, names=place.names("names"), index=card.index)
            if card.above != found.parent_id:
                above = rooms.unit_of(session, who, card.above) if card.above else None
                rooms.move_unit(session, who, found, above=above)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            found = rooms.unit_of(session, who, unit_id)
            return _form(session, who, found.organisation, found, place.again(error, "names")), 422
    return redirect(url_for("units.unit", unit_id=unit_id), 303)


@bp.post("/<int:unit_id>/close")
def close(unit_id: int) -> Response | tuple[str, int]:
    """Close it from a day on."""
    who = actor()
    try:
        with house().transaction() as session:
            rooms.close_unit(session, who, rooms.unit_of(session, who, unit_id), on=read(Closing).on)
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            found = rooms.unit_of(session, who, unit_id)
            return _form(session, who, found.organisation, found, _filled(found), place.again(error)), 422
    return redirect(url_for("units.unit", unit_id=unit_id), 303)


@bp.post("/<int:unit_id>/open-again")
def open_again(unit_id: int) -> Response:
    """It stays open after all."""
    with house().transaction() as session:
        rooms.open_again(session, actor(), rooms.unit_of(session, actor(), unit_id))
    return redirect(url_for("units.unit", unit_id=unit_id), 303)


def _filled(found: Unit) -> Filled:
    return Filled.of(**place.spread("names", found.names), index=found.index, above=found.parent_id)


def _form(
    session: Session, who: Actor, where: Organisation, found: Unit | None, form: Filled, closing: Filled | None = None
) -> str:
    speaks, day = language(), clock.today(where.time_zone)
    others = [u for u in rooms.units(session, who, organisation=where) if u is not found and u.open_on(day)]
    return render_template(
        "desk/house_unit.html", unit=found, where=where, form=form, closing=closing or Filled.of(on=today()),
        kept=place.of(where, who),
        units=[(u.unit_id, f"{u.index} {u.name(speaks)}".strip()) for u in others],
        people=officials(session, who, organisation=where, unit=found) if found is not None else [],
        open=found is None or found.open_on(day), may_manage=permits(who, Permission.PEOPLE_MANAGE, where),
    )  # fmt: skip


def _nodes(found: list[Unit], people: list[Any]) -> list[dict[str, Any]]:
    """The tree as the kit draws it; a unit whose parent is closed stands at the top."""
    counted = {u.unit_id: sum(p.unit_id == u.unit_id for p in people) for u in found}
    here = {u.unit_id for u in found}

    def below(parent: int | None) -> list[dict[str, Any]]:
        return [
            {
                "text": f"{u.index} {u.name(language())}".strip(),
                "href": url_for("units.unit", unit_id=u.unit_id),
                "aside": t("people.count", n=counted[u.unit_id]) if counted[u.unit_id] else "",
                "open": True,
                "nodes": below(u.unit_id),
            }
            for u in found
            if (u.parent_id if u.parent_id in here else None) == parent
        ]

    return below(None)


def _offices(found: list[Organisation], present: Organisation) -> list[dict[str, Any]]:
    here = {o.organisation_id for o in found}

    def below(parent: int | None) -> list[dict[str, Any]]:
        return [
            {
                "text": o.name(language()),
                "href": url_for("units.page", organisation=o.organisation_id),
                "current": o is present,
                "open": True,
                "nodes": below(o.organisation_id),
            }
            for o in found
            if (o.parent_id if o.parent_id in here else None) == parent
        ]

    return below(None)
