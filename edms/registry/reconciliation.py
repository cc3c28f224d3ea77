"""The daily sum: received = registered + waiting + ended otherwise. Made from the arrivals and, apart, from the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.events import Event, EventLine
from edms.registry.models import Arrival, Reconciliation
from edms.registry.words import ArrivalState
from edms.staff.models import Organisation


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
    lines = select(func.count()).where(
        EventLine.kind == Event.ARRIVAL_RECEIVED,
        EventLine.organisation_id == organisation.organisation_id,
        EventLine.at >= start,
        EventLine.at < stop,
    )
    states = (
        select(Arrival.state, func.count())
        .where(
            Arrival.organisation_id == organisation.organisation_id,
            Arrival.arrived_at >= start,
            Arrival.arrived_at < stop,
        )
        .group_by(Arrival.state)
    )
    by_state: dict[ArrivalState, int] = dict(session.execute(states).all())
    registered = by_state.pop(ArrivalState.REGISTERED, 0) + by_state.pop(ArrivalState.JOINED, 0)
    waiting = by_state.pop(ArrivalState.WAITING, 0)
    return Sum(day, session.scalar(lines) or 0, registered, waiting, sum(by_state.values()))


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


def _bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    stop = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return start, stop
