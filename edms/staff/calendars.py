"""The single days that a government declares off or worked, kept with the organisation and edited by its administrator.

The yearly holidays come from the country's list; a declaration stands before the list and before the weekend. Which
terms move with it is the routing's to say (`edms.routing.recounting`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from edms import terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, NotFound
from edms.events import Event, Subject, record
from edms.staff.entry import Entry
from edms.staff.models import Organisation

FIRST_YEAR, LAST_YEAR = 2000, 2100


def calendar_of(organisation: Organisation) -> terms.Calendar:
    """The organisation's calendar: its own where it has edited one, else its country's, in its own time zone."""
    kept: Mapping[str, Any] = organisation.calendar or {}
    if "holidays" in kept:
        calendar = terms.Calendar.from_json(kept)
    else:
        declared = [
            terms.DeclaredDay(date.fromisoformat(d["day"]), bool(d["works"]), str(d.get("note", "")))
            for d in kept.get("declared", ())
        ]
        calendar = terms.for_country(organisation.country).declaring(declared)
    return replace(calendar, zone=organisation.time_zone)


def declare(
    session: Session, actor: Actor, organisation: Organisation, *, day: date, works: bool, note: str, version: int
) -> None:
    """Declare one day off, or worked, with the decree that says so; a newer word on the same day replaces the older.

    Errors: Forbidden; Invalid at day or note; Conflict on a stale edit.
    """
    require(actor, Permission.CALENDAR_EDIT, organisation)
    entry = Entry()
    why = entry.text("note", note)
    if why is None:
        entry.wrong["note"] = "staff.reason_missing"
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        entry.wrong["day"] = "staff.day_out_of_reach"
    entry.require()
    kept = [each for each in declared(organisation) if each["day"] != day.isoformat()]
    line = {"day": day.isoformat(), "works": works, "note": why}
    _keep(session, actor, organisation, [*kept, line], {"declared": line}, version)


def take_back(session: Session, actor: Actor, organisation: Organisation, *, day: date, version: int) -> None:
    """The day is again what the weekend and the holidays make of it. Errors: Forbidden, NotFound, Conflict."""
    require(actor, Permission.CALENDAR_EDIT, organisation)
    lines = declared(organisation)
    kept = [each for each in lines if each["day"] != day.isoformat()]
    if len(kept) == len(lines):
        raise NotFound
    gone = next(each for each in lines if each["day"] == day.isoformat())
    _keep(session, actor, organisation, kept, {"taken_back": gone}, version)


def declared(organisation: Organisation) -> list[dict[str, Any]]:
    """The declared days as they are kept: {day, works, note}."""
    return list((organisation.calendar or {}).get("declared", ()))


def _keep(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    lines: list[dict[str, Any]],
    detail: dict[str, Any],
    version: int,
) -> None:
    if organisation.version != version:
        raise Conflict("error.stale")
    organisation.calendar = {**(organisation.calendar or {}), "declared": sorted(lines, key=lambda each: each["day"])}
    record(
        session,
        actor,
        Event.ORGANISATION_CHANGED,
        Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id,
        detail=detail,
    )
