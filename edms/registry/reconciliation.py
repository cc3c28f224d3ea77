"""The daily sum: received = registered + waiting + ended otherwise. Made from the arrivals and, apart, from the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Text, cast, func, literal, literal_column, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.events import Event, EventLine
from edms.registry.endings.models import Reconciliation
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState
from edms.staff.models import Organisation

PLACES = ("registered", "waiting", "ended")

# Written out, not bound: so the planner sees that the index of what was received fits (ix_event_received).
_RECEIVED = EventLine.kind == literal_column(f"'{Event.ARRIVAL_RECEIVED.value}'")


@dataclass(frozen=True)
class Sum:
    """The arrivals of one civil day of an organisation."""

    day: date
    received: int  # counted from the history, not from the arrivals themselves
    registered: int
    waiting: int
    ended: int

    @property
    def adds_up(self) -> bool:
        """Has everything received its place?"""
        return self.received == self.registered + self.waiting + self.ended


def day_sum(session: Session, organisation: Organisation, day: date) -> Sum:
    """Count what arrived on `day`. What was received is counted from the append-only history, so a vanished row shows."""
    start, stop = _bounds(day, organisation.time_zone)
    return _sums(session, organisation, start, stop).get(day, Sum(day, 0, 0, 0, 0))


def _sums(
    session: Session, organisation: Organisation, start: datetime, stop: datetime | None = None
) -> dict[date, Sum]:
    """The sums by day. History and arrivals are counted in one statement: what arrives just now is in both or in none."""
    zone, here = organisation.time_zone, organisation.organisation_id

    def within(at: Any) -> list[ColumnElement[bool]]:
        return [at >= start] if stop is None else [at >= start, at < stop]

    told_on, came_on = (cast(func.timezone(zone, at), Date) for at in (EventLine.at, Arrival.arrived_at))
    told = select(told_on.label("day"), literal("received").label("place"), func.count().label("n")).where(
        _RECEIVED, EventLine.organisation_id == here, *within(EventLine.at)
    )
    came = select(came_on, cast(Arrival.state, Text), func.count()).where(
        Arrival.organisation_id == here, *within(Arrival.arrived_at)
    )
    counted: dict[date, Counter[str]] = {}
    both = union_all(told.group_by(told_on), came.group_by(came_on, Arrival.state))
    for day, place, n in session.execute(both):
        counted.setdefault(day, Counter())[place if place == "received" else place_of(ArrivalState(place))] += n
    return {day: Sum(day, places["received"], *(places[place] for place in PLACES)) for day, places in counted.items()}


def reconcile(session: Session, organisation: Organisation, day: date) -> Sum:
    """Make and keep the sum of a day; making it again replaces it."""
    made = day_sum(session, organisation, day)
    values = {
        "received": made.received,
        "registered": made.registered,
        "waiting": made.waiting,
        "ended": made.ended,
        "made_at": clock.now(),
    }
    line = insert(Reconciliation).values(organisation_id=organisation.organisation_id, day=day, **values)
    session.execute(line.on_conflict_do_update(index_elements=["organisation_id", "day"], set_=values))
    return made


def sums(session: Session, actor: Actor, organisation: Organisation, *, days: int = 31) -> list[Sum]:
    """The kept sums of the last days, newest first."""
    require(actor, Permission.ARRIVAL_READ, organisation)
    found = (
        select(Reconciliation)
        .where(
            Reconciliation.organisation_id == organisation.organisation_id,
            Reconciliation.day >= clock.today(organisation.time_zone) - timedelta(days=days),
        )
        .order_by(Reconciliation.day.desc())
    )
    return [Sum(r.day, r.received, r.registered, r.waiting, r.ended) for r in session.scalars(found)]


def present_sums(session: Session, actor: Actor, organisation: Organisation, *, days: int = 31) -> list[Sum]:
    """The sums of the last days as they are now, the newest first; days on which nothing arrived are left out."""
    require(actor, Permission.ARRIVAL_READ, organisation)
    zone, today = organisation.time_zone, clock.today(organisation.time_zone)
    start, _ = _bounds(today - timedelta(days=days - 1), zone)
    return sorted(_sums(session, organisation, start).values(), key=lambda made: made.day, reverse=True)


def ended_as(session: Session, actor: Actor, organisation: Organisation, day: date) -> dict[ArrivalState, int]:
    """How many of a day's arrivals stand in each state."""
    require(actor, Permission.ARRIVAL_READ, organisation)
    found = select(Arrival.state, func.count()).where(*_of_day(organisation, day)).group_by(Arrival.state)
    return dict(session.execute(found).all())


def arrivals_on(
    session: Session, actor: Actor, organisation: Organisation, day: date, *, states: Collection[ArrivalState],
    before: int | None = None, limit: int = 100,
) -> list[Arrival]:  # fmt: skip
    """What arrived on that day and stands in one of these states, the newest first: what the numbers of the sum count.

    `before` is the arrival_id of the last line of a page.
    """
    require(actor, Permission.ARRIVAL_READ, organisation)
    found = (
        select(Arrival)
        .options(joinedload(Arrival.content))
        .where(*_of_day(organisation, day), Arrival.state.in_(states))
        .order_by(Arrival.arrived_at.desc(), Arrival.arrival_id.desc())
        .limit(limit)
    )
    if before is not None:
        last = select(Arrival.arrived_at).where(Arrival.arrival_id == before, *_of_day(organisation, day))
        found = found.where(tuple_(Arrival.arrived_at, Arrival.arrival_id) < tuple_(last.scalar_subquery(), before))
    return list(session.scalars(found))


def _of_day(organisation: Organisation, day: date) -> tuple[ColumnElement[bool], ...]:
    start, stop = _bounds(day, organisation.time_zone)
    here = Arrival.organisation_id == organisation.organisation_id
    return here, Arrival.arrived_at >= start, Arrival.arrived_at < stop


def place_of(state: ArrivalState) -> str:
    """Which of the sum's places an arrival in this state is counted in."""
    if state in (ArrivalState.REGISTERED, ArrivalState.JOINED):
        return "registered"
    return "waiting" if state is ArrivalState.WAITING else "ended"


def _bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    stop = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return start, stop
