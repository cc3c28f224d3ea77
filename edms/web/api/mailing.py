"""Letters by a list: one text for many addressees, a number each or one for all; a machine makes them, the signer signs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.drafting.mailing import making, reading
from edms.drafting.mailing.models import Mailing, MailingRow, RowState
from edms.drafting.mailing.naming import words_of
from edms.errors import Invalid
from edms.registry.words import Channel
from edms.web.api.layer import act, create, read
from edms.web.api.paging import whole
from edms.web.api.shapes import Asked, Id, Language, Line, Page, Paged, Shown, Text, Thing, shown

Cell = Annotated[Line, Field(max_length=500)]


class MailingShown(Thing):
    """A list: how many of its letters wait, are made, failed. `draft_id` is the one draft of a list under one number."""

    PLACE: ClassVar[str] = "/mailings/{mailing_id}"
    mailing_id: int
    subject: str
    signer_id: int
    language: str
    channel: Channel
    case_index: str | None
    one_number: bool
    draft_id: int | None
    asked_at: datetime
    ended_at: datetime | None
    waiting: int
    made: int
    failed: int


class RowShown(Shown):
    """A row of the list, counted from 1, and the draft made of it; `trouble` says why there is none."""

    place: int
    name: str
    address: str
    state: RowState
    trouble: str | None
    draft_id: int | None


class MailingGiven(Asked):
    """One text, with fields in braces, and the rows that fill them.

    A row has `name`, `address`, and where it wants `channel`, `email`, `copy`; every other name is a field of the text.
    """

    subject: Line
    text: Text
    signer_id: Id
    language: Language = "ka"
    channel: Channel = Channel.POST
    case_index: Annotated[Line | None, Field(max_length=40)] = None
    one_number: bool = False
    rows: Annotated[
        list[dict[Annotated[str, Field(max_length=60)], Cell]], Field(min_length=1, max_length=reading.MOST)
    ]


@create("/mailings")
def ask(session: Session, who: Actor, body: MailingGiven) -> MailingShown:
    """Ask for the letters. Nothing is written while one row is wrong: each fault is named, `rows.3.address`."""
    named = words_of()
    lines = reading.understood(body.rows, named, usual=body.channel)
    reading.check(f"{body.subject}\n{body.text}", lines, named, one_number=body.one_number)
    if wrong := {f"rows.{line.place}.{name}": why for line in lines for name, why in line.faults.items()}:
        raise Invalid(fields=wrong)
    text = making.Text(**body.model_dump(exclude={"rows"}))
    made = making.ask(session, who, text, lines, file_name="")
    session.flush()  # its rows are counted
    return shown(session, MailingShown, made, **_counts(session, made))


@read("/mailings")
def index(session: Session, who: Actor, query: Paged) -> Page[MailingShown]:
    """One's own lists, the newest first."""
    rows = making.mailings(session, who, limit=500)
    return whole(rows, query, lambda row: MailingShown.of(row, **_counts(session, row)), lambda row: row.mailing_id)


@read("/mailings/{mailing_id}")
def show(session: Session, who: Actor, mailing_id: int) -> MailingShown:
    """How far one of one's own lists is."""
    found = making.mailing_of(session, who, mailing_id)
    return MailingShown.of(found, **_counts(session, found))


@read("/mailings/{mailing_id}/rows")
def rows(session: Session, who: Actor, mailing_id: int, query: Paged) -> Page[RowShown]:
    """Its rows in their order, with the draft of each or why there is none."""
    found = making.rows_of(session, making.mailing_of(session, who, mailing_id))
    return whole(found, query, _row, lambda row: row.mailing_row_id)


@act("/mailings/{mailing_id}/retry")
def retry(session: Session, who: Actor, mailing_id: int) -> MailingShown:
    """Try those that failed once more."""
    found = making.mailing_of(session, who, mailing_id)
    making.retry(session, who, found)
    return shown(session, MailingShown, found, **_counts(session, found))


def _counts(session: Session, mailing: Mailing) -> dict[str, Any]:
    return {state.value: n for state, n in making.counts(session, mailing).items()}


def _row(row: MailingRow) -> RowShown:
    return RowShown(
        place=row.place, name=row.cells["name"], address=row.cells["address"], state=row.state, trouble=row.trouble,
        draft_id=row.draft_id,
    )  # fmt: skip
