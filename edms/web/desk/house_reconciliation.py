"""Received = registered + waiting + ended otherwise, day by day; each number leads to what it counts."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template

from edms.errors import NotFound
from edms.registry import reconciliation as rooms
from edms.registry.documents import seen_of
from edms.registry.words import ArrivalState
from edms.staff.organisations import organisation_of
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("reconciliation", __name__, url_prefix="/house/reconciliation")

DAYS = 31


@bp.get("/")
def page() -> str:
    """The last month, the newest day first; days that do not add up are named above the table."""
    who = actor()
    with house().transaction() as session:
        where = organisation_of(session, who, who.organisation_id or 0)
        sums = rooms.present_sums(session, who, where, days=DAYS)
        return render_template(
            "desk/house_reconciliation.html", sums=sums, wrong=[each for each in sums if not each.adds_up], days=DAYS,
            total=rooms.Sum(sums[0].day, *(sum(getattr(s, name) for s in sums) for name in ("received", *rooms.PLACES))) if sums else None,
        )  # fmt: skip


@bp.get("/<day>")
def of_day(day: str) -> str:
    """What arrived on a day, by where it ended."""
    who = actor()
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    with house().transaction() as session:
        where = organisation_of(session, who, who.organisation_id or 0)
        found = rooms.arrivals_on(session, who, where, chosen)
        seen = seen_of(session, who, [each.document_id for each in found if each.document_id])
        groups = [
            (name, [(each, seen.get(each.document_id or 0)) for each in found if rooms.place_of(each.state) == name])
            for name in rooms.PLACES
        ]
        ends = [
            (state.value, rows)
            for state in ArrivalState
            if rooms.place_of(state) == "ended" and (rows := [each for each in found if each.state is state])
        ]
        return render_template(
            "desk/house_day.html", day=chosen, groups=groups, ends=ends, made=rooms.day_sum(session, where, chosen)
        )
