"""Cases carried on: after what happened to a document, and by the clock; each case in a transaction of its own."""

from __future__ import annotations

from edms.access.actor import Actor
from edms.bootstrap import House
from edms.services import applying, following, tending
from edms.staff.organisations import organisations


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
    """Begin the cases of registered applications, then let the clock act in all that run."""
    while True:
        with house.transaction() as session:
            waiting = applying.registered(session, limit=1)
            if not waiting:
                break
            applying.begin_case(session, waiting[0])
    with house.transaction() as session:
        every = organisations(session, Actor.system())
    for organisation in every:
        last = 0
        while True:
            with house.transaction() as session:
                due = tending.due(session, organisation, after=last)
            for case_id in due:
                with house.transaction() as session:
                    tending.tend(session, case_id)
            if not due:
                break
            last = due[-1]
