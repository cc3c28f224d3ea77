"""Somebody's desk, and that no group of it was left out which would have had something in it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.overview import desk, desk_groups, lying


def desk_of(session: Session, actor: Actor) -> desk.Desk:
    """Her desk; whatever `lying` says is not there is asked for nevertheless, and must be empty."""
    session.flush()
    people = sorted(actor.people)
    if people:
        there = lying.with_(session, people, actor.organisation_id or 0)
        for name, of_people in desk_groups.OF_PEOPLE.items():
            if not getattr(there, name):
                found = of_people(session, actor, people, clock.today(actor.time_zone))
                assert not found, f"{name} has {len(found)}, and lying does not know of it"
    return desk.desk_of(session, actor)
