"""Whether the keys of this machine are those of the house: every machine on one database needs the same.

With other keys a second machine would print codes that the first does not know, and would open no sealed secret. The
database therefore knows each key by a mark, noted by the set-up that made the keys; another key is refused in words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.keys import Keys
from edms.access.models import HouseKey
from edms.errors import RuleBroken

Marks = Mapping[str, str]
_ONE_AT_A_TIME = text(
    "SELECT pg_advisory_xact_lock(1802401144)"
)  # two machines set up at once: one of them makes the keys


def marks_of(own: Keys, ledger_public: str) -> Marks:
    """What the keys here are known by: the service's, and the ledger's by its published side (PEM)."""
    return {"service": own.fingerprint("house"), "ledger": hashlib.sha256(ledger_public.encode()).hexdigest()}


def are_noted(session: Session) -> bool:
    """Does this database know keys already? Others that ask wait until this transaction has ended."""
    session.execute(_ONE_AT_A_TIME)
    return session.scalar(select(HouseKey.what).limit(1)) is not None


def note(session: Session, marks: Marks) -> None:
    """Note the keys of a new house; what is noted stays."""
    rows = [{"what": what, "mark": mark, "noted_at": clock.now()} for what, mark in marks.items()]
    session.execute(insert(HouseKey).values(rows).on_conflict_do_nothing())


def require(session: Session, marks: Marks) -> None:
    """Refuse keys that are not the house's. Errors: RuleBroken, naming which."""
    known = {row.what: row.mark for row in session.scalars(select(HouseKey))}
    if wrong := sorted(what for what, mark in marks.items() if known.get(what, mark) != mark):
        raise RuleBroken("access.keys_differ", keys=", ".join(wrong))
