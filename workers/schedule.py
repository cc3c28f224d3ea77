"""The daily reminders, once on each organisation's civil day however often the round comes."""

from __future__ import annotations

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.notices import notices
from edms.staff.organisations import organisations
from workers import apart


def remind(house: House, subject_id: int | None) -> None:
    """Remind executors and controllers of terms that come near or have passed."""
    with house.transaction() as session:
        every = organisations(session, Actor.system())
    apart.each(house, every, notices.tell_reminders)
