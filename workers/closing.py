"""Proposes a letter for closing when its final reply has gone; a person closes it."""

from __future__ import annotations

from edms.bootstrap import House
from edms.routing.answering import propose_for_reply


def propose(house: House, subject_id: int | None) -> None:
    """Look whether the sent document answers a letter, and propose that letter."""
    if subject_id is not None:
        with house.transaction() as session:
            propose_for_reply(session, subject_id)
