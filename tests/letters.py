"""Letters for tests of the rooms above the registry: one registered, one in somebody's hands."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from edms import clock
from edms.registry.card import Card
from edms.registry.models import Document, Register
from edms.registry.registration import register
from edms.routing.models import Purpose, Resolution, Submission
from edms.routing.naming import Executor
from edms.routing.resolution import issue
from edms.routing.submission import submit
from tests.cast import Office, Person


def letter(session: Session, office: Office, book: Register | None = None, **card: Any) -> Document:
    """A letter from a citizen, registered now."""
    facts: dict[str, Any] = {"summary": "გზის შეკეთების თხოვნა", "correspondent_name": "ანა კალანდაძე", **card}
    return register(
        session, office.registrar.actor(), book or office.incoming, Card(**facts), idempotency_key=secrets.token_hex(8)
    )


def own_letter(session: Session, office: Office, **card: Any) -> Document:
    """A letter of our own, registered now."""
    return letter(session, office, office.outgoing, **card)


def submitted(session: Session, office: Office, document: Document, to: Person) -> Submission:
    """The letter before `to`, who was told at once."""
    return submit(session, office.registrar.actor(), document, official=to.official_id, not_before=clock.now())


def resolved(session: Session, office: Office, document: Document, *executors: Person, **more: Any) -> Resolution:
    """The mayor's resolution on the letter: the first named is responsible."""
    lying = submitted(session, office, document, office.mayor)
    named = [Executor(person.official_id) for person in executors]
    more.setdefault("not_before", clock.now())
    return issue(session, office.mayor.actor(), lying, text="შეასრულეთ და მომახსენეთ", executors=named, **more)


def note(person: Person) -> Executor:
    """The person, to take note."""
    return Executor(person.official_id, Purpose.ACQUAINT)


def ten_seconds_later(session: Session) -> None:
    """Everybody is told of what was done so far: nothing of it can be undone any more."""
    for table in (Submission, Resolution):
        session.execute(update(table).values(not_before=clock.now()))
