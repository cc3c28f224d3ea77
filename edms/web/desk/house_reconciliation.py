"""Received = registered + waiting + ended otherwise, day by day; each number leads to what it counts."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request

from edms.errors import NotFound
from edms.registry import reconciliation as rooms
from edms.registry.documents import seen_of
from edms.registry.words import ArrivalState
from edms.staff.organisations import organisation_of
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("reconciliation", __name__, url_prefix="/house/reconciliation")

DAYS = 31
PAGE = 100


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
    """What arrived on a day: all of it, or what stands in one place or state (?of=), a page at a time (?before=)."""
    who, of = actor(), request.args.get("of", "")
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    states = [each for each in ArrivalState if of in ("", each.value, rooms.place_of(each))]
    if not states:
        raise NotFound
    before = request.args.get("before", type=int)
    with house().transaction() as session:
        where = organisation_of(session, who, who.organisation_id or 0)
        counts = rooms.ended_as(session, who, where, chosen)
        found = rooms.arrivals_on(session, who, where, chosen, states=states, before=before, limit=PAGE + 1)
        rows = found[:PAGE]
        seen = seen_of(session, who, [each.document_id for each in rows if each.document_id])
        return render_template(
            "desk/house_day.html", day=chosen, of=of, made=rooms.day_sum(session, where, chosen),
            rows=[(each, seen.get(each.document_id or 0)) for each in rows],
            counted=[(name, sum(n for s, n in counts.items() if rooms.place_of(s) == name)) for name in rooms.PLACES],
            ends=[(s.value, counts[s]) for s in ArrivalState if counts.get(s) and rooms.place_of(s) == "ended"],
            before=before, more=rows[-1].arrival_id if len(found) > PAGE else None,
        )  # fmt: skip
