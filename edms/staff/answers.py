"""Idempotency keys of programs: what was made under a key is made once, and answered the same way again.

The key is taken before the act and the answer kept after it, all in the transaction of the act. Two tries at once wait
for each other at the unique key. Answers hold what was on the thing, so they do not stay: a program that was cut off
for a month may ask again, not longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.db.base import Instant
from edms.errors import Conflict, Forbidden
from edms.staff.models import ApiAnswer

KEPT = timedelta(days=31)
CLEAN_EVERY = 256  # answers


_TAKE = text(
    "INSERT INTO api_answer (official_id, key, asked_hash, at) VALUES (:official_id, :key, :asked_hash, :at)"
    " ON CONFLICT DO NOTHING RETURNING api_answer_id"
).bindparams(bindparam("at", type_=Instant))
_KEEP = text("UPDATE api_answer SET answer = :answer, place = :place WHERE api_answer_id = :api_answer_id")


@dataclass(frozen=True)
class Taken:
    """A key that is this transaction's now; `earlier` is the answer and address if it was used before."""

    api_answer_id: int
    earlier: tuple[str, str | None] | None = None


def take(session: Session, actor: Actor, key: str, asked_hash: bytes) -> Taken:
    """Take the key for what is asked (a SHA-256). Errors: Conflict when the key stands for something else."""
    if actor.official_id is None:
        raise Forbidden
    values = {"official_id": actor.official_id, "key": key, "asked_hash": asked_hash, "at": clock.now()}
    fresh = session.execute(_TAKE, values).scalar_one_or_none()
    if fresh is not None:
        if fresh % CLEAN_EVERY == 0:
            clean(session)
        return Taken(fresh)
    found = select(ApiAnswer).where(ApiAnswer.official_id == actor.official_id, ApiAnswer.key == key)
    known = session.scalars(found).one_or_none()
    if known is None or known.answer is None or known.asked_hash != asked_hash:
        raise Conflict("api.key_used_otherwise")
    return Taken(known.api_answer_id, (known.answer, known.place))


def keep(session: Session, taken: Taken, *, answer: str, place: str | None) -> None:
    """Keep the answer with its key."""
    session.execute(_KEEP, {"answer": answer, "place": place, "api_answer_id": taken.api_answer_id})


def clean(session: Session) -> None:
    """Forget what is older than a month; rows that somebody else is at are left."""
    old = select(ApiAnswer.api_answer_id).where(ApiAnswer.at < clock.now() - KEPT).with_for_update(skip_locked=True)
    session.execute(
        delete(ApiAnswer).where(ApiAnswer.api_answer_id.in_(old)), execution_options={"synchronize_session": False}
    )
