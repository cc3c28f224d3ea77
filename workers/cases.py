"""Cases carried on: after what happened to a document, and by the clock; each case in a transaction of its own."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.services import applying, following, tending
from edms.staff.organisations import organisations
from workers import apart


def follow(house: House, document_id: int | None) -> None:
    """Carry on the cases that this document is about."""
    if document_id is None:
        return
    with house.transaction() as session:
        following.follow_document(session, document_id)


def follow_draft(house: House, draft_id: int | None) -> None:
    """Carry on the case for which this draft is written."""
    if draft_id is None:
        return
    with house.transaction() as session:
        following.follow_draft(session, draft_id)


def tend(house: House, subject_id: int | None) -> None:
    """Begin the cases of registered applications, then let the clock act in all that run.

    One that cannot go on does not hold up the others: the first such error is raised when all were looked at.
    """
    with house.transaction() as session:
        waiting = applying.registered(session)
        every = organisations(session, Actor.system())
    troubles = [apart.alone(house, _begin, ident) for ident in waiting]
    for organisation in every:
        last = 0
        while True:
            with house.transaction() as session:
                due = tending.due(session, organisation, after=last)
            if not due:
                break
            troubles += [apart.alone(house, tending.tend, case_id) for case_id in due]
            last = due[-1]
    apart.end(troubles)


def _begin(session: Session, application_id: int) -> None:
    if (application := applying.waiting(session, application_id)) is not None:
        applying.begin_case(session, application)
