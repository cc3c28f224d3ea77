"""Control of execution: listed, put on, taken off on a leader's word."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.overview.line import lines_of
from edms.registry.documents import document_of
from edms.routing import control, finding
from edms.web.api.layer import Match, change, create, read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Paged, Reason, Shown, Text, Thing, shown


class ControlShown(Thing):
    """The control under which a letter stands, or stood."""

    PLACE: ClassVar[str] = "/documents/{document_id}/control"
    document_id: int
    due_on: date
    put_at: datetime
    put_by_id: int | None
    closing_proposed_at: datetime | None
    removed_at: datetime | None
    removed_by_id: int | None
    instructed_by_id: int | None
    instruction: str | None
    notified: str | None


class Controlled(Shown):
    """A letter under control."""

    control: ControlShown
    document: LetterShown


class ControlWanted(Paged):
    """Only what was due before a day, falls due by one, was answered and waits for the word, or whose letter's legal term
    stands; what stands has no day."""

    overdue_on: IsoDay | None = None
    until: IsoDay | None = None
    answered: bool | None = None
    stands: bool | None = None


class Putting(Asked):
    """Until when; by default the legal term."""

    due_on: IsoDay | None = None


class Removing(Reason):
    """On whose word, and how the correspondent was told where no final reply was sent from here."""

    instructed_by_id: Id
    notified: Text | None = None


@read("/control")
def index(session: Session, who: Actor, query: ControlWanted) -> Page[Controlled]:
    """What stands under control, the most urgent first."""
    rows = control.list_controlled(
        session, who, overdue_on=query.overdue_on, until=query.until, answered=query.answered, stands=query.stands,
        after=place(query, date, int), limit=query.limit + 1,
    )  # fmt: skip
    lines = lines_of(session, [document for _, document in rows], clock.today(who.time_zone))
    pairs = [(row, line) for (row, _), line in zip(rows, lines, strict=True)]
    return page(
        pairs,
        query,
        lambda pair: Controlled(control=ControlShown.of(pair[0]), document=letter(pair[1])),
        lambda pair: (pair[0].due_on, pair[0].control_id),
    )


@read("/documents/{document_id}/control")
def show(session: Session, who: Actor, document_id: int) -> ControlShown:
    """The control of a letter."""
    return ControlShown.of(finding.control_of(session, who, document_of(session, who, document_id)))


@create("/documents/{document_id}/control")
def put(session: Session, who: Actor, document_id: int, body: Putting) -> ControlShown:
    """Put a letter under control; done again under another key it moves the day."""
    document = document_of(session, who, document_id, lock=True)
    return shown(session, ControlShown, control.put(session, who, document, due_on=body.due_on))


@change("/documents/{document_id}/control/remove")
def remove(session: Session, who: Actor, document_id: int, body: Removing, match: Match) -> ControlShown:
    """Take it off control, on instruction and with the reason."""
    document = document_of(session, who, document_id, lock=True)
    row = finding.control_of(session, who, document)
    match.check(session, row)
    control.remove(
        session, who, document, instructed_by=body.instructed_by_id, reason=body.reason, notified=body.notified
    )
    return shown(session, ControlShown, row)
