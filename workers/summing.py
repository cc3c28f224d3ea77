"""The round of the monthly sums: letters of past days enter, parts are folded, and some months are counted anew."""

from __future__ import annotations

import structlog

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.reports import sums
from edms.reports.period import month_after
from edms.staff.organisations import organisations

log = structlog.get_logger(__name__)


def sum_letters(house: House, subject_id: int | None) -> None:
    """Enter, fold, and count some months letter by letter: a difference is an alarm, and is mended."""
    entered = sums.BATCH
    while entered == sums.BATCH:
        with house.transaction() as session:
            entered = sums.enter(session)
    with house.transaction() as session:
        sums.fold(session)
        every = organisations(session, Actor.system())
    for organisation in every:
        with house.transaction() as session:
            months = sums.to_check(session, organisation.organisation_id)
        for month in months:
            with house.transaction() as session:
                wrong = sums.mend(session, organisation.organisation_id, month, month_after(month))
            if wrong:
                log.critical(
                    "monthly sums were wrong", organisation=organisation.code, month=month.isoformat(), sums=wrong
                )
