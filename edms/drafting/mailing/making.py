"""Letters by a list: asked for once, made row by row, each in a transaction of its own; what failed is named and tried again.

A number each (a draft for each row, signed as one pile), or one number for all (one draft with its distribution list).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.drafting import seats
from edms.drafting.mailing.models import Mailing, MailingRow, RowState
from edms.drafting.mailing.reading import Line
from edms.errors import Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry.words import Channel


@dataclass(frozen=True)
class Text:
    """What is the same in all the letters."""

    subject: str
    text: str
    signer_id: int
    language: str
    case_index: str | None = None
    channel: Channel = Channel.POST
    one_number: bool = False


def ask(session: Session, actor: Actor, text: Text, lines: Sequence[Line], *, file_name: str) -> Mailing:
    """Write down what shall be made; a machine makes it. Rows with faults are left out by the caller.

    Errors: Invalid without subject, text or rows; RuleBroken for a machine.
    """
    if actor.official_id is None or actor.organisation_id is None:
        raise RuleBroken("drafting.author_is_a_person")
    wrong = {}
    if not text.subject.strip():
        wrong["subject"] = "drafting.subject_missing"
    if not text.text.strip():
        wrong["text"] = "drafting.text_missing"
    if text.signer_id not in {person.official_id for person in seats.signers(session, actor)}:
        wrong["signer"] = "drafting.signer_unknown"
    if not lines or any(line.faults for line in lines):
        wrong["table"] = "capture.table_empty"
    if wrong:
        raise Invalid(fields=wrong)
    made = Mailing(
        organisation_id=actor.organisation_id,
        author_id=actor.official_id,
        signer_id=text.signer_id,
        subject=text.subject.strip(),
        text=text.text,
        language=text.language,
        case_index=text.case_index,
        channel=text.channel,
        one_number=text.one_number,
        file_name=file_name[:300],
        asked_at=clock.now(),
    )
    session.add(made)
    session.flush()  # the rows carry its id
    session.add_all(
        MailingRow(mailing_id=made.mailing_id, place=line.place, cells=_kept(line), state=RowState.WAITING)
        for line in lines
    )
    _note(session, actor, Event.MAILING_ASKED, made, rows=len(lines))
    return made


def _kept(line: Line) -> dict[str, object]:
    return {**line.cells, "name": line.name, "address": line.address, "channel": line.channel.value, "copy": line.copy}


def finish(session: Session, mailing_id: int) -> None:
    """Nothing waits any more: its author is told."""
    mailing = session.get_one(Mailing, mailing_id, with_for_update=True)
    if mailing.ended_at is not None:
        return
    mailing.ended_at = clock.now()
    _note(session, Actor.system(mailing.organisation_id), Event.MAILING_MADE, mailing, to=[mailing.author_id])


def retry(session: Session, actor: Actor, mailing: Mailing) -> int:
    """Try those that failed once more; how many."""
    rows = [row for row in rows_of(session, mailing) if row.state is RowState.FAILED]
    for row in rows:
        row.state, row.trouble, row.trouble_values = RowState.WAITING, None, {}
    if rows:
        mailing.ended_at = None
        _note(session, actor, Event.MAILING_ASKED, mailing, rows=len(rows))
    return len(rows)


def mailing_of(session: Session, actor: Actor, mailing_id: int) -> Mailing:
    """One list of one's own. Errors: NotFound."""
    found = select(Mailing).where(Mailing.mailing_id == mailing_id, Mailing.author_id.in_(sorted(actor.people)))
    mailing = session.scalar(found)
    if mailing is None:
        raise NotFound
    return mailing


def mailings(session: Session, actor: Actor, *, limit: int = 50) -> list[Mailing]:
    """One's own lists, the newest first."""
    found = select(Mailing).where(Mailing.author_id.in_(sorted(actor.people)))
    return list(session.scalars(found.order_by(Mailing.mailing_id.desc()).limit(limit)))


def rows_of(session: Session, mailing: Mailing) -> list[MailingRow]:
    """Its rows in their order."""
    found = select(MailingRow).where(MailingRow.mailing_id == mailing.mailing_id).order_by(MailingRow.place)
    return list(session.scalars(found))


def counts(session: Session, mailing: Mailing) -> dict[RowState, int]:
    """How many rows wait, were made, failed."""
    found = select(MailingRow.state, func.count()).where(MailingRow.mailing_id == mailing.mailing_id)
    had = {row[0]: int(row[1]) for row in session.execute(found.group_by(MailingRow.state))}
    return {state: had.get(state, 0) for state in RowState}


def _note(session: Session, actor: Actor, event: Event, mailing: Mailing, **detail: object) -> None:
    record(
        session,
        actor,
        event,
        Subject("mailing", mailing.mailing_id),
        organisation_id=mailing.organisation_id,
        detail={"subject": mailing.title, **detail},
    )
