"""Makes one letter of a list: what will be on its page, read in one transaction; the letter with it, whole, in another.

The page is printed between the two, with no transaction open: bytes before rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.drafting import addressing, drafts, pages, visas
from edms.drafting.mailing.models import Mailing, MailingRow, RowState
from edms.drafting.mailing.reading import filled
from edms.drafting.models import Draft, DraftKind
from edms.errors import EdmsError, RuleBroken, Unavailable
from edms.registry.going_out.addressees import Named
from edms.registry.words import Channel
from edms.staff.actors import actor_for
from edms.staff.models import Official


@dataclass(frozen=True)
class Letter:
    """A letter that can be printed, and of which nothing is written yet."""

    mailing_id: int
    row_id: int | None  # None: the one letter of a list under one number
    heads: Mapping[str, str]
    wanted: pages.Wanted


def next_row(session: Session, mailing_id: int) -> int | None:
    """The next row that waits, in their order; None when none does."""
    found = select(MailingRow.mailing_row_id).where(_waits(mailing_id)).order_by(MailingRow.place).limit(1)
    return session.scalar(found)


def letter_of(session: Session, row_id: int, heads: Mapping[str, str]) -> Letter | None:
    """What a row's letter will be, for printing when this transaction is over. Nothing stays of the attempt.

    What cannot be is noted on its row and stops no other: then None. Errors: Unavailable, the job comes again.
    """
    row = session.get_one(MailingRow, row_id)
    try:
        wanted = _rehearsed(session, lambda: _begin_row(session, row, heads))
    except Unavailable:
        raise
    except EdmsError as error:
        fail(session, row_id, error)
        return None
    return Letter(row.mailing_id, row_id, heads, wanted)


def one_letter_of(session: Session, mailing_id: int) -> Letter | None:
    """The same of the one letter of a list under one number; None when it is made."""
    mailing = session.get_one(Mailing, mailing_id)
    if mailing.draft_id is not None or next_row(session, mailing_id) is None:
        return None
    return Letter(mailing_id, None, {}, _rehearsed(session, lambda: _begin_one(session, mailing)))


def make(session: Session, letter: Letter, printed: pages.Printed) -> None:
    """Make the letter with its printed page and lay it before its signer, in one transaction of the caller's.

    A row that another hand made meanwhile stays as it is. Errors: Unavailable, the job comes again.
    """
    if letter.row_id is None:
        mailing = session.get_one(Mailing, letter.mailing_id, with_for_update=True)
        if mailing.draft_id is None:
            draft = _begin_one(session, mailing)
            _send_on(session, draft, printed)
            mailing.draft_id = draft.draft_id
            for row in session.scalars(select(MailingRow).where(_waits(letter.mailing_id))):
                row.state, row.draft_id = RowState.MADE, draft.draft_id
        return
    row = session.get_one(MailingRow, letter.row_id, with_for_update=True)
    if row.state is not RowState.WAITING:
        return
    try:
        with session.begin_nested():
            draft = _begin_row(session, row, letter.heads)
            _send_on(session, draft, printed)
    except Unavailable:
        raise
    except EdmsError as error:
        fail(session, letter.row_id, error)
        return
    row.state, row.draft_id, row.trouble = RowState.MADE, draft.draft_id, None


def fail(session: Session, row_id: int, error: EdmsError) -> None:
    """Note on a row why its letter could not be made."""
    row = session.get_one(MailingRow, row_id, with_for_update=True)
    if row.state is RowState.WAITING:
        row.state, row.trouble = RowState.FAILED, next(iter(error.fields.values()), error.message)
        row.trouble_values = {name: str(value) for name, value in error.values.items()}


def fail_rest(session: Session, mailing_id: int, error: EdmsError) -> None:
    """The same on every row that waits."""
    for row_id in session.scalars(select(MailingRow.mailing_row_id).where(_waits(mailing_id))).all():
        fail(session, row_id, error)


def _rehearsed(session: Session, begin: Callable[[], Draft]) -> pages.Wanted:
    """What is printed of a draft that begins so, which is then taken back: a draft without its page is nobody's."""
    point = session.begin_nested()
    try:
        wanted = pages.wanted(session, begin())
    finally:
        point.rollback()
    if wanted is None:
        raise RuleBroken("drafting.page_not_made")
    return wanted


def _waits(mailing_id: int) -> ColumnElement[bool]:
    return (MailingRow.mailing_id == mailing_id) & (MailingRow.state == RowState.WAITING)


def _author(session: Session, mailing: Mailing) -> Actor:
    return actor_for(session, session.get_one(Official, mailing.author_id))


def _begin_row(session: Session, row: MailingRow, heads: Mapping[str, str]) -> Draft:
    mailing = session.get_one(Mailing, row.mailing_id)
    cells = {name: str(value) for name, value in row.cells.items()}
    return _begin(
        session, mailing, cells, subject=filled(mailing.subject, cells, heads), text=filled(mailing.text, cells, heads)
    )


def _begin_one(session: Session, mailing: Mailing) -> Draft:
    """One draft with all its addressees."""
    first, *others = session.scalars(
        select(MailingRow).where(_waits(mailing.mailing_id)).order_by(MailingRow.place)
    ).all()
    draft = _begin(
        session, mailing, {k: str(v) for k, v in first.cells.items()}, subject=mailing.subject, text=mailing.text
    )
    named = [
        Named(row.cells["name"], row.cells["address"], Channel(row.cells["channel"]), copy=bool(row.cells["copy"]))
        for row in others
    ]
    addressing.name_others(session, _author(session, mailing), draft, named)
    session.flush()  # the page names them
    return draft


def _begin(session: Session, mailing: Mailing, cells: Mapping[str, str], *, subject: str, text: str) -> Draft:
    card = drafts.DraftCard(
        subject=subject,
        signer_id=mailing.signer_id,
        addressee=cells["name"],
        address=cells["address"] or None,
        channel=Channel(cells["channel"]),
        language=mailing.language,
        case_index=mailing.case_index,
    )
    return drafts.begin(session, _author(session, mailing), kind=DraftKind.LETTER, card=card, text=text)


def _send_on(session: Session, draft: Draft, printed: pages.Printed) -> None:
    author = actor_for(session, session.get_one(Official, draft.author_id))
    pages.keep(session, author, draft, printed)
    session.flush()  # the page belongs to the version that is sent
    visas.ask(session, author, draft, [], version=draft.version)
