"""Slows the guessing of PINs, for each official over all processes: `edms.staff.throttle` counts, this asks it.

A wrong PIN is an answer, not an error, so that its count is committed with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from edms.access.keys import Keys
from edms.errors import Invalid
from edms.staff import throttle

KIND = "pin"
FIELD = "pin"
T = TypeVar("T")


def check(session: Session, official_id: int, *, keys: Keys) -> None:
    """Refuse before anything is begun while she has to wait. Errors: TooManyAttempts, with the seconds."""
    throttle.check(session, KIND, _subjects(official_id), keys=keys)


def tried(session: Session, official_id: int, act: Callable[[], T], *, keys: Keys) -> T | Invalid:
    """What `act` gives, which opens the official's key with the PIN she typed; the Invalid of a wrong PIN as answer.

    Whatever `act` wrote before the PIN turned out wrong is undone; the count of the mistake stays: commit.
    Errors: TooManyAttempts; all others of `act`.
    """
    check(session, official_id, keys=keys)
    try:
        with session.begin_nested():
            done = act()
    except Invalid as wrong:
        if FIELD not in wrong.fields:
            raise
        throttle.note_failure(session, KIND, _subjects(official_id), keys=keys)
        return wrong
    throttle.forgive(session, KIND, _subjects(official_id), keys=keys)
    return done


def _subjects(official_id: int) -> dict[str, str]:
    return {"official": str(official_id)}
