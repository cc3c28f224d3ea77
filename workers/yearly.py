"""The round of cases that begin by the calendar: each in a transaction of its own."""

from __future__ import annotations

import structlog

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.errors import RuleBroken
from edms.services.yearly import opening
from edms.staff.organisations import organisations

log = structlog.get_logger(__name__)


def open_due(house: House, subject_id: int | None) -> None:
    """Open the cases of this year whose day has come; one that cannot be opened stops no other."""
    with house.transaction() as session:
        every = organisations(session, Actor.system())
    for organisation in every:
        with house.transaction() as session:
            due = opening.due(session, organisation)
        for service in due:
            try:
                with house.transaction() as session:
                    opening.begin(session, organisation, service)
            except RuleBroken as error:
                log.error("case not opened", organisation=organisation.code, service=service, reason=error.message)
