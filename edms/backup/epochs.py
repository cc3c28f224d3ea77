"""After a restore: the house serves only once a person has said which numbers were given out since the backup.

Those are voided and never drawn again. A note beside the database remembers the newest signed checkpoint that this
machine has seen, so that a database put back by other means, or another house's, is noticed too (faults.md F16, T22).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, ledger
from edms.access.actor import Actor
from edms.backup.models import Restoration
from edms.errors import Corrupt, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.ledger import Statement, Verifier
from edms.ledger.notes import read
from edms.ledger.proofs import root_of
from edms.registry import counters, registers, reservations
from edms.registry.models import Register
from edms.retention import again
from edms.staff.models import Organisation
from edms.staff.organisations import organisations
from edms.storage.disk import private, sync

NOTE = "ledger.seen"
MOST = 10_000  # numbers that are voided of one register at once: more is a slip of the finger


@dataclass(frozen=True)
class OpenSeries:
    """A register that draws numbers: its name for the command, and the last serial that the restored database knows."""

    name: str
    register_id: int
    year: int
    last: int


def pending(session: Session) -> Restoration | None:
    """The restore that nobody has accepted yet."""
    return session.scalars(
        select(Restoration).where(Restoration.accepted_at.is_(None)).order_by(Restoration.restoration_id).limit(1)
    ).first()


def require_settled(session: Session, data_dir: Path, verifier: Verifier) -> None:
    """Let the house serve, or say what must be done first.

    Errors: RuleBroken after a restore, or when the database knows less than this machine has seen; Corrupt when it is
    another ledger than the one seen here.
    """
    if (restored := pending(session)) is not None:
        raise RuleBroken("backup.not_accepted", at=restored.backup_at)
    if (seen := seen_in(data_dir, verifier)) is None:
        return
    present = ledger.size(session)
    if present < seen.size:
        raise RuleBroken("backup.database_behind", missing=seen.size - present, at=seen.at)
    if root_of(session, seen.size) != seen.root:
        raise Corrupt("backup.other_ledger", at=seen.at)


def remember(data_dir: Path, checkpoint: ledger.Checkpoint) -> None:
    """Keep the newest checkpoint beside the database, so that one put back by hand is noticed."""
    note = data_dir / NOTE
    fresh = note.with_suffix(".new")
    with open(fresh, "w", encoding="utf-8", opener=private) as file:
        file.write(checkpoint.note())
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(note)
    sync(data_dir)


def seen_in(data_dir: Path, verifier: Verifier) -> Statement | None:
    """The newest checkpoint that this machine has seen; None before the first. Errors: Corrupt for another key's."""
    try:
        return read((data_dir / NOTE).read_text(encoding="utf-8"), verifier)
    except FileNotFoundError:
        return None


def begin(session: Session, backup_at: datetime) -> Restoration:
    """Note that the database is one of `backup_at`, put back by other means than `edms restore`."""
    restored = Restoration(restored_at=clock.now(), backup_at=backup_at, ledger_size=ledger.size(session))
    session.add(restored)
    session.flush()
    return restored


def open_series(session: Session) -> list[OpenSeries]:
    """Every register that may draw a number now, with its last serial."""
    found = []
    for organisation in organisations(session, Actor.system()):
        today = clock.today(organisation.time_zone)
        actor = Actor.system(organisation.organisation_id)
        for book in registers.registers(session, actor):
            if registers.is_open(book, today):
                year = today.year if book.yearly else 0
                last = counters.last_of(session, book.register_id, year)
                found.append(OpenSeries(f"{organisation.code}/{book.code}", book.register_id, year, last))
    return found


def accept(
    session: Session,
    *,
    lasts: Mapping[str, int],
    gap: int | None,
    reason: Mapping[str, str],
    backup_at: datetime | None,
    nothing_destroyed: bool = False,
) -> Restoration:
    """Void what was given out since the backup, and let the house serve.

    `lasts` are the last serials known to be given out, by the names of `open_series`; `gap` is how many to void of each
    register that is not named (0: none was given out). `reason` is what the void list says, by language. `backup_at` is
    needed only when the database was put back by other means. `nothing_destroyed` says that no act destroyed anything
    since, where no list was read. Errors: Invalid, NotFound when nothing waits; RuleBroken while nobody knows of that.
    """
    restored = pending(session)
    if restored is None:
        if backup_at is None:
            raise NotFound("backup.nothing_to_accept")
        restored = begin(session, backup_at)
    if restored.destroyed is None:
        if not nothing_destroyed:
            raise RuleBroken("backup.say_the_destroyed")
        cools = again.cool_anew(session)
        restored.destroyed = {"cases": 0, "cools": {number: day.isoformat() for number, day in cools}}
    series = open_series(session)
    _check(series, lasts, gap)
    lost = {}
    for each in series:
        until = lasts.get(each.name, each.last + (gap or 0))
        if until > each.last:
            _void(session, each, until, reason)
            lost[each.name] = [each.last + 1, until]
    restored.accepted_at, restored.lost = clock.now(), lost
    session.flush()  # the history carries its id
    facts = {"backup_at": restored.backup_at.isoformat(), "lost": lost, "destroyed": restored.destroyed}
    record(
        session, Actor.system(), Event.RESTORATION_ACCEPTED, Subject("restoration", restored.restoration_id),
        organisation_id=None,
        detail=facts, facts={**facts, "ledger_size": restored.ledger_size},
    )  # fmt: skip
    return restored


def _check(series: list[OpenSeries], lasts: Mapping[str, int], gap: int | None) -> None:
    wrong = {}
    known = {each.name: each for each in series}
    for name, last in lasts.items():
        if name not in known:
            wrong[name] = "backup.register_unknown"
        elif last < known[name].last:
            wrong[name] = "backup.last_before_backup"
        elif last - known[name].last > MOST:
            wrong[name] = "backup.too_many_lost"
    if gap is None:
        wrong |= {name: "backup.last_needed" for name in known if name not in lasts}
    elif not 0 <= gap <= MOST:
        wrong["gap"] = "backup.too_many_lost"
    if wrong:
        raise Invalid("backup.say_the_numbers", fields=wrong)


def _void(session: Session, series: OpenSeries, until: int, reason: Mapping[str, str]) -> None:
    book = session.get_one(Register, series.register_id)
    organisation = session.get_one(Organisation, book.organisation_id)
    actor = Actor.system(organisation.organisation_id)
    for _ in range(until - series.last):
        number = reservations.draw_number(session, book)
        reservations.void(session, actor, number, reason=reason.get(organisation.language, reason["en"]))
