"""Whose days a command tells: those of the town in which most of this house lies, or of the country whose law is asked for."""

from __future__ import annotations

from edms.bootstrap import House, build
from edms.config import load
from edms.errors import EdmsError, Unavailable
from edms.staff.organisations import DEFAULT_ZONE, main_zone

ZONE_OF = {"GE": "Asia/Tbilisi", "AM": "Asia/Yerevan"}


def zone_of(house: House) -> str:
    """The time zone of the house; while its database is away, the usual one."""
    try:
        with house.transaction() as session:
            return main_zone(session)
    except Unavailable:
        return DEFAULT_ZONE


def zone_here() -> str:
    """The same for a command that has no house at hand; where none can be built, the usual one."""
    try:
        house = build(load(), pool_size=1)
    except (EdmsError, OSError):
        return DEFAULT_ZONE
    try:
        return zone_of(house)
    finally:
        house.close()
