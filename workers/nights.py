"""The nights of the house: what loads the machine comes once a night, where its towns are.

A round is asked every hour; the hour decides, in civil time of most of the house's towns, whether it is this one. The
hours from four on exist once on every night of the year also where clocks are put forward and back.
"""

from __future__ import annotations

from collections.abc import Callable

from edms import clock
from edms.bootstrap import House
from edms.staff.organisations import main_zone

Round = Callable[[House, int | None], object]


def at_night(hour: int, round_: Round, *, slept: Callable[[House], bool] = lambda _house: False) -> Round:
    """The round, only in this hour of the house's night; at any hour when the machine `slept` through its last one."""

    def do(house: House, subject_id: int | None) -> None:
        with house.transaction() as session:
            zone = main_zone(session)
        if clock.hour_of(clock.now(), zone) == hour or slept(house):
            round_(house, subject_id)

    return do
