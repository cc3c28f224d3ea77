"""Fixity and format watch: what was read again, what is not whole, which kinds of files there are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.archive import fixity, watching
from edms.archive.formats import Outlook
from edms.web.api.layer import read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Line, Page, Paged, Shown
from edms.web.kit import t
from edms.web.kit.house import house


class FixityShown(Shown):
    """How much of the whole store was read again within so many days; the faults are those of one's organisation."""

    days: int
    contents: int
    read: int
    bytes: int
    percent: int
    last_at: datetime | None
    round_ends_at: datetime | None
    faults: int


class FaultShown(Shown):
    """A content that is missing or changed; the letter only where one may read it."""

    content_id: int
    message: str
    text: str
    found_at: datetime
    document_id: int | None
    number: str | None


class FormatShown(Shown):
    """A kind of files, how many there are, and how long they will be readable."""

    media_type: str
    name: str
    pronom: str
    outlook: Outlook
    files: int
    bytes: int


class FileShown(Shown):
    """A file of a kind, and the letter on which it lies."""

    document_id: int
    number: str
    content_id: int
    name: str
    size: int


class Kind(Paged):
    """Of which kind."""

    media_type: Annotated[Line, Field(max_length=200)]


@read("/fixity")
def show(session: Session, who: Actor) -> FixityShown:
    """How reading everything again stands."""
    return FixityShown.model_validate(fixity.sums(session, who, days=house().settings.fixity_days))


@read("/fixity/faults")
def faults(session: Session, who: Actor, query: Paged) -> Page[FaultShown]:
    """What is not whole."""
    after = place(query, int)
    rows = fixity.faults(session, who, after=after[0] if after else 0, limit=query.limit + 1)
    return page(
        rows, query,
        lambda row: FaultShown(
            content_id=row.content_id, message=row.message, text=t(f"fixity.fault.{row.message}"), found_at=row.found_at,
            document_id=row.document_id, number=row.number,
        ),
        lambda row: (row.content_id,),
    )  # fmt: skip


@read("/formats")
def formats(session: Session, who: Actor) -> Page[FormatShown]:
    """The kinds of files on letters, those at risk first."""
    return Page(
        items=[
            FormatShown(
                media_type=each.format.media_type, name=each.format.name, pronom=each.format.pronom,
                outlook=each.format.outlook, files=each.files, bytes=each.bytes,
            )
            for each in watching.kinds(session, who)
        ]
    )  # fmt: skip


@read("/formats/files")
def files(session: Session, who: Actor, query: Kind) -> Page[FileShown]:
    """The files of one kind on letters that one may read, the newest first."""
    before = place(query, int)
    rows = watching.files(session, who, query.media_type, before=before[0] if before else None, limit=query.limit + 1)
    return page(rows, query, FileShown.model_validate, lambda row: (row.content_id,))
