"""Units: opened, renamed, moved and closed by the administrator. Closed units keep their papers, and take no new people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.staff.entry import Entry
from edms.staff.models import Official, Organisation, Unit
from edms.staff.organisations import administered
from edms.staff.tree import units_below

LONGEST_INDEX = 12


def open_unit(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    names: Mapping[str, str],
    index: str = "",
    above: Unit | None = None,
) -> Unit:
    """Open a unit; `index` is its part of registration numbers. Errors: Forbidden, Invalid, RuleBroken."""
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    entry = Entry()
    unit = Unit(
        organisation=organisation,
        organisation_id=organisation.organisation_id,
        names=entry.names("names", names),
        index=_index(entry, index),
        parent_id=_above(entry, organisation.organisation_id, above),
    )
    entry.require()
    session.add(unit)
    session.flush()  # the event carries its id
    _record(session, actor, unit, {"opened": unit.names, "index": unit.index})
    return unit


def change_unit(
    session: Session,
    actor: Actor,
    unit: Unit,
    *,
    names: Mapping[str, str] | None = None,
    index: str | None = None,
) -> Unit:
    """Rename a unit or change its index for numbers to come. Errors: Forbidden, Invalid."""
    require(actor, Permission.PEOPLE_MANAGE, unit.organisation)
    entry = Entry()
    before = {"names": unit.names, "index": unit.index}
    if names is not None:
        names = entry.names("names", names)
    if index is not None:
        index = _index(entry, index)
    entry.require()
    unit.names = dict(names) if names is not None else unit.names
    unit.index = index if index is not None else unit.index
    _record(session, actor, unit, {"before": before, "after": {"names": unit.names, "index": unit.index}})
    return unit


def move_unit(session: Session, actor: Actor, unit: Unit, *, above: Unit | None) -> Unit:
    """Put a unit under another one, or at the top. Errors: Forbidden, Invalid for one that is below itself."""
    require(actor, Permission.PEOPLE_MANAGE, unit.organisation)
    entry = Entry()
    parent_id = _above(entry, unit.organisation_id, above)
    if above is not None and above.unit_id in units_below(session, unit.unit_id):
        entry.wrong["above"] = "staff.unit_below_itself"
    entry.require()
    before, unit.parent_id = unit.parent_id, parent_id
    _record(session, actor, unit, {"before": {"above": before}, "after": {"above": parent_id}})
    return unit


def close_unit(session: Session, actor: Actor, unit: Unit, *, on: date | None = None) -> Unit:
    """Close a unit from a day (default: today) on which nobody works there any more.

    Errors: Forbidden; Invalid for a day gone by; RuleBroken naming how many still work there on that day.
    """
    require(actor, Permission.PEOPLE_MANAGE, unit.organisation)
    today = clock.today(unit.organisation.time_zone)
    day = on or today
    if day < today:
        raise Invalid(fields={"on": "staff.closing_backdated"})
    here = select(Official.official_id).where(
        Official.unit_id.in_(units_below(session, unit.unit_id)),
        or_(Official.left_on.is_(None), Official.left_on > day),
    )
    if people := len(session.scalars(here).all()):
        raise RuleBroken("staff.unit_has_people", n=people)
    if unit.open_on(today) and unit.closed_on != day:
        unit.closed_on = day
        _record(session, actor, unit, {"closed_on": day.isoformat()})
    return unit


def open_again(session: Session, actor: Actor, unit: Unit) -> Unit:
    """It stays open after all, or is open again. Errors: Forbidden."""
    require(actor, Permission.PEOPLE_MANAGE, unit.organisation)
    before = unit.closed_on
    if before is not None:
        unit.closed_on = None
        _record(session, actor, unit, {"closed_on": None, "before": before.isoformat()})
    return unit


def units(session: Session, actor: Actor, *, organisation: Organisation | None = None) -> list[Unit]:
    """The units of an organisation (default: the actor's own), open ones first, by index."""
    require(actor, Permission.PEOPLE_READ, organisation)
    wanted = organisation.organisation_id if organisation is not None else actor.organisation_id
    found = select(Unit).where(administered(actor, Unit.organisation_id), Unit.organisation_id == wanted)
    return list(session.scalars(found.order_by(Unit.closed_on.is_not(None), Unit.index, Unit.unit_id)))


def unit_of(session: Session, actor: Actor, unit_id: int) -> Unit:
    """One unit of the actor's organisation, or of one she administers. Errors: NotFound."""
    unit = session.scalar(select(Unit).where(administered(actor, Unit.organisation_id), Unit.unit_id == unit_id))
    if unit is None:
        raise NotFound
    return unit


def check_open(unit: Unit, organisation_id: int) -> None:
    """Refuse a closed unit or another organisation's. Errors: Invalid on "unit"."""
    if unit.organisation_id != organisation_id:
        raise Invalid(fields={"unit": "staff.unit_unknown"})
    if not unit.open_on(clock.today(unit.organisation.time_zone)):
        raise Invalid(fields={"unit": "staff.unit_closed"})


def _above(entry: Entry, organisation_id: int, above: Unit | None) -> int | None:
    if above is None:
        return None
    if above.organisation_id != organisation_id:
        entry.wrong["above"] = "staff.unit_unknown"
    elif not above.open_on(clock.today(above.organisation.time_zone)):
        entry.wrong["above"] = "staff.unit_closed"
    return above.unit_id


def _index(entry: Entry, given: str) -> str:
    kept = entry.text("index", given) or ""
    if len(kept) > LONGEST_INDEX:
        entry.wrong["index"] = "staff.index_too_long"
    return kept


def _record(session: Session, actor: Actor, unit: Unit, detail: Mapping[str, Any]) -> None:
    subject = Subject("unit", unit.unit_id)
    record(session, actor, Event.UNIT_CHANGED, subject, organisation_id=unit.organisation_id, detail=detail)
