"""The rounds of the registry: reservations that lapse, arrivals that must add up."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.drafting import act
from edms.registry import reconciliation, reservations
from edms.staff.models import Organisation
from edms.staff.organisations import organisations
from workers import apart

log = structlog.get_logger(__name__)


def lapse_reservations(house: House, subject_id: int | None) -> None:
    """Void the reserved numbers whose time is over; not those of papers that were signed in time."""
    with house.transaction() as session:
        act.hold_signed(session)
        reservations.lapse(session)


def reconcile_arrivals(house: House, subject_id: int | None) -> None:
    """Add up yesterday and today of every organisation; a day that does not add up is an alarm."""
    with house.transaction() as session:
        all_of_them = organisations(session, Actor.system())
    apart.each(house, all_of_them, _reconcile)


def _reconcile(session: Session, organisation: Organisation) -> None:
    today = clock.today(organisation.time_zone)
    for day in (today - timedelta(days=1), today):
        if not reconciliation.reconcile(session, organisation, day).adds_up:
            log.error("arrivals do not add up", organisation=organisation.code, day=day.isoformat())
