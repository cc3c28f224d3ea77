"""Whose days a command tells: those of the town in which most of this house lies."""

from __future__ import annotations

from edms.bootstrap import House
from edms.errors import Unavailable
from edms.staff.organisations import DEFAULT_ZONE, main_zone


def zone_of(house: House) -> str:
    """The time zone of the house; while its database is away, the usual one."""
    try:
        with house.transaction() as session:
            return main_zone(session)
    except Unavailable:
        return DEFAULT_ZONE
