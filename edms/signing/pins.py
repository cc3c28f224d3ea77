"""Slows the guessing of PINs, for each official over all processes: `edms.staff.throttle` counts, this asks it.

A token locks itself after a few wrong PINs, so those are counted a second time, by a limit that stops before that.
A try is counted before the key hears of it, in a transaction of its own that is over by then: a key may lie in a service
that takes a minute, and nobody who ends this process in that minute has guessed for nothing. Afterwards a right PIN
forgives all, a wrong one stays counted, and what was no answer about the PIN is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.orm import Session

from edms.access.keys import Keys
from edms.errors import EdmsError, Invalid
from edms.signing.tokens import WRONG_PIN
from edms.staff import throttle
from edms.staff.throttle import TooManyAttempts

KIND = "pin"
TOKEN = "token-pin"
FIELD = "pin"
T = TypeVar("T")
Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Try:
    """One PIN that was typed and is not judged yet: whose, and what was noted against her beforehand, by kind."""

    owner: str
    noted: Mapping[str, Sequence[int]]


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


def begin(session: Session, owner_id: int | str, *, keys: Keys, token: bool) -> Try:
    """Count her try as if it were a mistake: commit before the key is opened. Errors: TooManyAttempts."""
    check(session, owner_id, keys=keys, token=token)
    kinds = (KIND, TOKEN) if token else (KIND,)
    subjects = _subjects(owner_id)
    return Try(str(owner_id), {kind: throttle.note_failure(session, kind, subjects, keys=keys) for kind in kinds})


def judge(session: Session, tried: Try, error: BaseException | None, *, keys: Keys) -> None:
    """What the key said to the PIN: `error` is why it did not sign, None when it did."""
    if error is None:
        forgive(session, tried.owner, keys=keys)
    elif not (isinstance(error, Invalid) and FIELD in error.fields):
        throttle.take_back(session, [note for notes in tried.noted.values() for note in notes])
    elif error.message != WRONG_PIN:  # no token was asked
        throttle.take_back(session, tried.noted.get(TOKEN, ()))


def counted(transaction: Transaction, owner_id: int | str, act: Callable[[], T], *, keys: Keys, token: bool) -> T:
    """What `act` gives, which opens a key with the PIN that was typed; no transaction is open while it does.

    Errors: TooManyAttempts; those of `act`, a wrong PIN among them.
    """
    with transaction() as session:
        tried = begin(session, owner_id, keys=keys, token=token)
    try:
        done = act()
    except EdmsError as error:
        with transaction() as session:
            judge(session, tried, error, keys=keys)
        raise
    with transaction() as session:
        judge(session, tried, None, keys=keys)
    return done


def forgive(session: Session, owner_id: int | str, *, keys: Keys) -> None:
    """Forget the mistakes: after a right PIN, or when she chose another key."""
    for kind in (KIND, TOKEN):
        throttle.forgive(session, kind, _subjects(owner_id), keys=keys)


def _subjects(owner_id: int | str) -> dict[str, str]:
    """An official's id, or what stands for an organisation's seal."""
    return {"official": str(owner_id)}
