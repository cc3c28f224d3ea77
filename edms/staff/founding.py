"""What a database is for, noted once: real letters or the demo's. The two never mix; each refuses the other in words."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.keys import Keys
from edms.errors import RuleBroken
from edms.staff.models import Founding, Organisation


def begin(session: Session, *, demo: bool) -> None:
    """Note what the database is for, before its first organisation is opened. Errors: RuleBroken where it is the other.

    Two that begin at once wait for each other here.
    """
    founded = insert(Founding).values(one=True, demo=demo, founded_at=clock.now()).on_conflict_do_nothing()
    begun_here = session.execute(founded.returning(Founding.one)).first() is not None
    if begun_here and demo and not is_empty(session):
        raise RuleBroken("founding.demo_refused")
    require(session, demo=demo)


def require(session: Session, *, demo: bool) -> None:
    """Refuse a database that is for the other purpose. Errors: RuleBroken."""
    known = session.get(Founding, True, populate_existing=True)
    if known is not None and known.demo != demo:
        raise RuleBroken("founding.demo_refused" if demo else "founding.demo_here")


def is_empty(session: Session) -> bool:
    """Is no organisation open yet?"""
    return session.scalar(select(Organisation.organisation_id).limit(1)) is None


def code(keys: Keys) -> str:
    """What the operator opens the page of the first day with: hers alone, worth nothing once an organisation is open."""
    return keys.fingerprint("setup")[:24]
