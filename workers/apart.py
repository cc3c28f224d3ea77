"""Rounds over many offices, cases, searches: each in a transaction of its own, and one that cannot go on holds up no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from edms.bootstrap import House
from edms.errors import Conflict, EdmsError, Unavailable
from edms.staff.models import Organisation

Thing = TypeVar("Thing")

log = structlog.get_logger(__name__)


def each(house: House, things: Iterable[Thing], act: Callable[[Session, Thing], object]) -> None:
    """Do it with each of them. Errors: the first, raised when all were looked at."""
    end([alone(house, act, thing) for thing in things])


def alone(house: House, act: Callable[[Session, Thing], object], thing: Thing) -> Exception | None:
    """Do it with one of many; what went wrong. Errors: Unavailable, which the others would meet too."""
    try:
        with house.transaction() as session:
            act(session, thing)
    except Unavailable:
        raise
    except Conflict:
        return None  # somebody is at it this moment: the next round sees what she did
    except Exception as error:  # a fault of ours in one must not stop the round of a whole region
        reason = error.message if isinstance(error, EdmsError) else type(error).__name__
        subject = thing.code if isinstance(thing, Organisation) else thing
        log.error("round went on without one", act=act.__name__, subject=subject, reason=reason)
        return error
    return None


def end(troubles: Iterable[Exception | None]) -> None:
    """Raise the first of them, if there is one: the round stands with its reason where an operator looks."""
    if (first := next((trouble for trouble in troubles if trouble is not None), None)) is not None:
        raise first
