"""Journals on paper: asked for by a person, printed by a machine, kept for the one who asked.

Printing ten thousand lines takes minutes, so it is a job. What is in a journal is what its asker may read when it is
made; that it was asked for and made, with what it added up to, stands in the history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import NotFound
from edms.events import Event, Subject, record
from edms.registry import contents, registers
from edms.registry.models import Register
from edms.reports import journal
from edms.reports.journal import Tally
from edms.reports.journal_lines import Line, Wording
from edms.reports.models import Journal, JournalState
from edms.reports.period import Period
from edms.staff.actors import actor_for
from edms.staff.models import Official, Organisation
from edms.storage.port import Stored

SHOWN = 20


def ask(session: Session, actor: Actor, book: Register, period: Period) -> Journal:
    """Ask for a register of a period on paper; the job that prints it follows. Errors: Forbidden."""
    require(actor, Permission.JOURNAL_READ, book)
    made = Journal(
        organisation_id=book.organisation_id, register_id=book.register_id, first_on=period.first, last_on=period.last,
        state=JournalState.WAITING, asked_by_id=actor.official_id, acting_for_id=actor.acting_for, asked_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()  # the job carries its id
    detail = {"register": book.code, "first": period.first.isoformat(), "last": period.last.isoformat()}
    record(
        session, actor, Event.JOURNAL_ASKED, Subject("journal", made.journal_id),
        organisation_id=book.organisation_id, detail=detail,
    )  # fmt: skip
    return made


def asked(session: Session, actor: Actor, book: Register) -> list[Journal]:
    """The actor's own journals of a register, the newest first."""
    found = select(Journal).where(Journal.asked_by_id == actor.official_id, Journal.register_id == book.register_id)
    return list(session.scalars(found.order_by(Journal.journal_id.desc()).limit(SHOWN)))


def journal_of(session: Session, actor: Actor, journal_id: int) -> Journal:
    """One of the actor's own. Errors: NotFound, also once she may no longer read the register."""
    found = session.get(Journal, journal_id)
    if found is None or found.asked_by_id != actor.official_id:
        raise NotFound
    require(actor, Permission.JOURNAL_READ, registers.register_of(session, actor, found.register_id))
    return found


def lines(
    session: Session, actor: Actor, book: Register, period: Period, language: str
) -> tuple[Iterator[Line], Tally, Wording]:
    """The lines in words, with the tally that is whole once they were read; then `Wording.foot` says it.

    The session must hold a transaction of `at_one_moment`. Errors: Forbidden.
    """
    found, tally, wording = (
        journal.entries(session, actor, book, period),
        Tally(),
        Wording(session, language, actor.time_zone),
    )
    return (wording.line(tally.added(entry)) for entry in found), tally, wording


def told(session: Session, actor: Actor, book: Register, period: Period, tally: Tally, form: str) -> None:
    """Write into the history that a journal was made, as what, and what it added up to."""
    detail = {
        "register": book.code, "first_on": period.first.isoformat(), "last_on": period.last.isoformat(), "form": form,
        **tally.as_json(),
    }  # fmt: skip
    record(
        session, actor, Event.JOURNAL_MADE, Subject("register", book.register_id), organisation_id=book.organisation_id,
        detail=detail,
    )  # fmt: skip


def at_one_moment(session: Session) -> None:
    """Let all that this transaction reads be of one moment. Must come before anything else."""
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


@dataclass(frozen=True)
class Work:
    """What the machine needs of a journal: who asked, for what, in which language of which office."""

    actor: Actor
    official: Official
    organisation: Organisation
    book: Register
    period: Period


def to_make(session: Session, journal_id: int) -> Work | None:
    """The journal that waits; None when it is made already. Errors: Forbidden when its asker no longer works here."""
    found = session.get(Journal, journal_id)
    if found is None or found.state is not JournalState.WAITING:
        return None
    official = session.get_one(Official, found.asked_by_id)
    absent = session.get_one(Official, found.acting_for_id) if found.acting_for_id is not None else None
    actor = actor_for(session, official, acting_for=absent)
    book = registers.register_of(session, actor, found.register_id)
    return Work(actor, official, official.organisation, book, Period(found.first_on, found.last_on))


def made(session: Session, journal_id: int, stored: Stored, *, work: Work, tally: Tally, pages: int) -> None:
    """Keep what was printed."""
    found = session.get_one(Journal, journal_id, with_for_update=True)
    if found.state is not JournalState.WAITING:
        return
    content = contents.enter(
        session, work.actor, organisation_id=found.organisation_id, stored=stored,
        name=f"{work.book.code}-{found.first_on.isoformat()}-{found.last_on.isoformat()}.pdf", media_type="application/pdf",
    )  # fmt: skip
    found.state, found.made_at, found.content_id = JournalState.MADE, clock.now(), content.content_id
    found.lines, found.pages = tally.lines, pages
    told(session, work.actor, work.book, work.period, tally, "pdf")
    _tell(session, found, Event.JOURNAL_READY)


def failed(session: Session, journal_id: int) -> None:
    """It could not be made; its asker sees it and may ask again."""
    found = session.get(Journal, journal_id)
    if found is not None and found.state is JournalState.WAITING:
        found.state = JournalState.FAILED
        _tell(session, found, Event.JOURNAL_FAILED)


def _tell(session: Session, made: Journal, event: Event) -> None:
    """Its asker is told where she will find it, by the machine that made it or could not."""
    organisation = session.get_one(Organisation, made.organisation_id)
    speaks = organisation.language
    days = f"{words.date(speaks, made.first_on)}–{words.date(speaks, made.last_on)}"
    subject = f"{session.get_one(Register, made.register_id).name(speaks)}, {days}"
    record(
        session, Actor.system(made.organisation_id), event, Subject("journal", made.journal_id),
        organisation_id=made.organisation_id,
        detail={"to": [made.asked_by_id], "subject": subject, "page_id": made.register_id},
    )  # fmt: skip
