"""Slows guessing, over all processes: failed attempts are counted in one table, and each makes the wait grow.

For the sign-in, for PINs and for tracking codes, by what is guessed at (a login, a letter's number) and by the address it comes
from. The table holds keyed fingerprints, nothing readable. A free number of mistakes costs nothing; then the wait
doubles up to its limit, so that nobody is kept out for ever by somebody else's guesses. An attempt during a wait is
refused unlooked-at and counts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.keys import Keys
from edms.errors import Unavailable
from edms.staff.models import Attempt

CLEAN_EVERY = 64  # failures


@dataclass(frozen=True)
class Limit:
    """How many mistakes are free within `window`, and how the wait grows after them."""

    free: int
    first: timedelta
    longest: timedelta
    window: timedelta
    one_at_a_time: bool = False  # the subject is locked while an attempt is judged: parallel guesses queue up

    def wait(self, failures: int) -> timedelta:
        """How long after the last of `failures` the next attempt is looked at."""
        if failures < self.free:
            return timedelta(0)
        # 2^20 times anything is beyond every limit; higher powers would overflow.
        return min(self.first * (1 << min(failures - self.free, 20)), self.longest)


# Kind, then which subject. An address may be a whole town hall behind one line, so it has more free mistakes.
LIMITS: Mapping[str, Mapping[str, Limit]] = {
    "sign-in": {
        "login": Limit(5, timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=12), one_at_a_time=True),
        "address": Limit(30, timedelta(seconds=5), timedelta(minutes=15), timedelta(hours=1)),
        # Where the login was used before, instead of both: somebody else's guesses keep nobody from her own desk.
        "device": Limit(5, timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=12), one_at_a_time=True),
        # The password asked again of who is in already.
        "session": Limit(5, timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=12), one_at_a_time=True),
    },
    # Who guesses at codes has the password already.
    "code": {"login": Limit(5, timedelta(seconds=30), timedelta(hours=1), timedelta(hours=12), one_at_a_time=True)},
    # Who guesses at the PIN of a signing key sits at its owner's desk.
    "pin": {"official": Limit(5, timedelta(seconds=30), timedelta(hours=1), timedelta(hours=12), one_at_a_time=True)},
    # A token locks itself after three wrong PINs, many for good, and forgets none: it never sees a third within a day.
    "token-pin": {
        "official": Limit(2, timedelta(days=1), timedelta(days=1), timedelta(days=2), one_at_a_time=True),
    },
    "track": {
        # The code has more than 80 bits: the wait is short, so that nobody shuts a citizen out of her own letter.
        "letter": Limit(20, timedelta(seconds=5), timedelta(minutes=1), timedelta(hours=12), one_at_a_time=True),
        "address": Limit(15, timedelta(seconds=10), timedelta(hours=1), timedelta(hours=12)),
    },
    "setup": {"address": Limit(10, timedelta(seconds=10), timedelta(hours=1), timedelta(hours=12))},
    # Not guesses but work: every paper that anybody lays here to be checked costs seconds of a processor.
    # Applications sent from one machine: a counter where people are helped sends many, a flood more.
    "apply": {"address": Limit(30, timedelta(seconds=30), timedelta(minutes=30), timedelta(hours=1))},
    "verify": {"address": Limit(20, timedelta(seconds=15), timedelta(minutes=15), timedelta(hours=1))},
}


class TooManyAttempts(Unavailable):
    """Too many mistakes; `seconds` says when the next attempt will be looked at."""

    default = "staff.too_many_attempts"


def check(session: Session, kind: str, subjects: Mapping[str, str], *, keys: Keys) -> None:
    """Let an attempt of `kind` at `subjects` ({"login": …, "address": …}) be judged now, or refuse it.

    Errors: TooManyAttempts with the seconds to wait, the same whether the login or letter exists or not.
    """
    now = clock.now()
    waits = [timedelta(0)]
    for name, limit, subject in _each(kind, subjects, keys):
        if limit.one_at_a_time:
            # The lock is of this transaction, in which the failure is noted too: no attempt slips between.
            session.execute(select(func.pg_advisory_xact_lock(int(subject[:15], 16))))
        failures, last = session.execute(
            select(func.count(), func.max(Attempt.at)).where(
                Attempt.kind == f"{kind}:{name}", Attempt.subject == subject, Attempt.at > now - limit.window
            )
        ).one()
        if last is not None:
            waits.append(_left(limit.wait(failures), last, now))
    if max(waits) > timedelta(0):
        raise TooManyAttempts(seconds=int(max(waits).total_seconds()) + 1)


def _left(wait: timedelta, last: datetime, now: datetime) -> timedelta:
    # A clock set back must not lengthen a wait beyond itself.
    return min(last + wait - now, wait)


def note_failure(session: Session, kind: str, subjects: Mapping[str, str], *, keys: Keys) -> list[int]:
    """Count a mistake against every one of the subjects. The caller's transaction must be committed, not rolled back.

    The answer are its notes, for one that turns out to have been none (`take_back`).
    """
    now = clock.now()
    notes = [Attempt(kind=f"{kind}:{name}", subject=s, at=now) for name, _, s in _each(kind, subjects, keys)]
    session.add_all(notes)
    session.flush()  # the ids say whether it is time to clean
    if any(note.attempt_id % CLEAN_EVERY == 0 for note in notes):
        clean(session)
    return [note.attempt_id for note in notes]


def take_back(session: Session, notes: Sequence[int]) -> None:
    """Forget one mistake that was noted beforehand and turned out to be none: nobody answered."""
    session.execute(delete(Attempt).where(Attempt.attempt_id.in_(notes)))


def forgive(session: Session, kind: str, subjects: Mapping[str, str], *, keys: Keys) -> None:
    """Forget the mistakes at these subjects: after a success, or when a password was set anew."""
    for name, _, subject in _each(kind, subjects, keys):
        session.execute(delete(Attempt).where(Attempt.kind == f"{kind}:{name}", Attempt.subject == subject))


def clean(session: Session) -> None:
    """Delete what no window reaches any more; rows that somebody else is cleaning are left to her."""
    longest = max(limit.window for limits in LIMITS.values() for limit in limits.values())
    old = select(Attempt.attempt_id).where(Attempt.at < clock.now() - longest).with_for_update(skip_locked=True)
    session.execute(
        delete(Attempt).where(Attempt.attempt_id.in_(old)), execution_options={"synchronize_session": False}
    )


def _each(kind: str, subjects: Mapping[str, str], keys: Keys) -> list[tuple[str, Limit, str]]:
    limits = LIMITS[kind]
    folded = {name: network(value) if name == "address" else value for name, value in subjects.items()}
    return [
        (name, limits[name], keys.fingerprint(kind, name, value.casefold())) for name, value in sorted(folded.items())
    ]


def network(address: str) -> str:
    """Whom an address stands for: of IPv6 a house is given 2^64 of them, and could come from another one each time."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(read, IPv4Address):
        return str(read)
    return str(read.ipv4_mapped or IPv6Network((int(read), 64), strict=False))
