"""Tells people."""

from __future__ import annotations

from edms.bootstrap import House
from edms.notices import notices


def notify(house: House, subject_id: int | None) -> None:
    """Write the desk lines of an event."""
    if subject_id is not None:
        with house.transaction() as session:
            notices.tell_of(session, subject_id)
