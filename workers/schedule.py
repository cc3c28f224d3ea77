"""Notices by the clock: the reminders, once on each organisation's civil day, and what was seen long ago goes."""

from __future__ import annotations

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.notices import clearing, notices
from edms.staff.organisations import organisations
from workers import apart


def remind(house: House, subject_id: int | None) -> None:
    """Remind executors and controllers of terms that come near or have passed."""
    with house.transaction() as session:
        every = organisations(session, Actor.system())
    apart.each(house, every, notices.tell_reminders)


def clear_notices(house: House, subject_id: int | None) -> None:
    """Remove what was seen long ago, a few at a time: nobody waits for it, and it holds nobody up."""
    removed = clearing.BATCH
    while removed == clearing.BATCH:
        with house.transaction() as session:
            removed = clearing.clear(session)
