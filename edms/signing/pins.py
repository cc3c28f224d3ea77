"""Slows the guessing of PINs, for each official over all processes: `edms.staff.throttle` counts, this asks it.

A token locks itself after a few wrong PINs, so those are counted a second time, by a limit that stops before that.
A wrong PIN is an answer, not an error, so that its count is committed with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from edms.access.keys import Keys
from edms.errors import Invalid
from edms.signing.tokens import WRONG_PIN
from edms.staff import throttle
from edms.staff.throttle import TooManyAttempts

KIND = "pin"
TOKEN = "token-pin"
FIELD = "pin"
T = TypeVar("T")


def check(session: Session, owner_id: int | str, *, keys: Keys, token: bool = True) -> None:
    """Refuse before anything is begun while she has to wait. Errors: TooManyAttempts, with the seconds.

    `token` False: what she tries now is no token, so that a spared one is not in its way.
    """
    throttle.check(session, KIND, _subjects(owner_id), keys=keys)
    if not token:
        return
    try:
        throttle.check(session, TOKEN, _subjects(owner_id), keys=keys)
    except TooManyAttempts as error:
        raise TooManyAttempts("signing.token_spared", seconds=error.values["seconds"]) from None


def tried(
    session: Session, owner_id: int | str, act: Callable[[], T], *, keys: Keys, token: bool = True
) -> T | Invalid:
    """What `act` gives, which opens the official's key with the PIN she typed; the Invalid of a wrong PIN as answer.

    Whatever `act` wrote before the PIN turned out wrong is undone; the count of the mistake stays: commit.
    Errors: TooManyAttempts; all others of `act`.
    """
    check(session, owner_id, keys=keys, token=token)
    try:
        with session.begin_nested():
            done = act()
    except Invalid as wrong:
        if FIELD not in wrong.fields:
            raise
        for kind in (KIND, TOKEN) if wrong.message == WRONG_PIN else (KIND,):
            throttle.note_failure(session, kind, _subjects(owner_id), keys=keys)
        return wrong
    forgive(session, owner_id, keys=keys)
    return done


def forgive(session: Session, owner_id: int | str, *, keys: Keys) -> None:
    """Forget the mistakes: after a right PIN, or when she chose another key."""
    for kind in (KIND, TOKEN):
        throttle.forgive(session, kind, _subjects(owner_id), keys=keys)


def _subjects(owner_id: int | str) -> dict[str, str]:
    """An official's id, or what stands for an organisation's seal."""
    return {"official": str(owner_id)}
