"""A letter's course as a tree of steps, its history line by line, and its receipt from the ledger."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from edms import clock, terms
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import NotFound
from edms.events import Event
from edms.overview import course
from edms.overview import history as letter_history
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.routing import prolonging, suspending
from edms.routing.clocks import legal_due
from edms.web.api.layer import Match, change, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Page, Paged, Reason, Shown
from edms.web.kit import t
from edms.web.kit.house import house
from edms.web.kit.session import actor
from edms.web.portal import track


class StepShown(Shown):
    """One step; `kind` is done, present, late or coming. The ids lead to what stands behind it. While its term stands,
    since `stands_since`, `until` is the day it had."""

    kind: str
    what: str
    what_text: str
    official_id: int | None
    entered_by_id: int | None
    at: datetime | None
    until: date | None
    stands_since: date | None
    text: str
    resolution_id: int | None
    assignment_id: int | None
    report_id: int | None
    extension_id: int | None
    document_id: int | None
    steps: list[StepShown]


class Course(Shown):
    """The steps in order of time."""

    steps: list[StepShown]


class HistoryShown(Shown):
    """An act on the letter: whose hand, and in whose place. `leaf_id` is its leaf in the ledger."""

    event_id: int
    at: datetime
    kind: Event
    kind_text: str
    official_id: int | None
    acting_for_id: int | None
    hand: str
    in_place_of: str
    leaf_id: int | None


class TermShown(Shown):
    """The last day, null where the letter has no legal term or it stands still, and why, in sentences."""

    due_on: date | None
    why: list[str]


class Prolonging(Reason):
    """By how many days, weeks or months, and why."""

    count: Annotated[int, Field(ge=1, le=1_000)]
    kind: Literal[terms.Kind.MONTH, terms.Kind.WEEK, terms.Kind.WORKING, terms.Kind.CALENDAR] = terms.Kind.MONTH


class Suspending(Reason):
    """Why the legal term stands, and the day on which what is missing was asked for (today where it is left out)."""

    cause: terms.Cause = terms.Cause.DEFICIENCY
    since: date | None = None


class Resuming(Asked):
    """The day on which what was missing came; today where it is left out."""

    until: date | None = None


class Receipt(Shown):
    """A receipt as the stand-alone checker reads it: leaf, salt, facts, place, proof and checkpoint."""

    format: str
    leaf: str
    salt: str | None
    facts: dict[str, Any] | None
    position: int
    proof: list[str]
    checkpoint: str


@read("/documents/{document_id}/course")
def steps(session: Session, who: Actor, document_id: int) -> Course:
    """Before whom it lay, what was resolved, who does what until when, the replies and sendings."""
    document = document_of(session, who, document_id)
    found = course.course_of(session, document, clock.today(who.time_zone), who)
    return Course(steps=[_step(each) for each in found])


@read("/documents/{document_id}/history")
def history(session: Session, who: Actor, document_id: int, query: Paged) -> Page[HistoryShown]:
    """The acts on a letter and its readings, the newest first."""
    document = document_of(session, who, document_id)
    before = place(query, int)
    rows = letter_history.history(session, who, document, before=before[0] if before else None, limit=query.limit + 1)
    return page(rows, query, _line, lambda row: (row.line.event_id,))


@read("/documents/{document_id}/term")
def term(session: Session, who: Actor, document_id: int) -> TermShown:
    """The legal term, and why it is that day: every step of the count with its article."""
    return _term(session, document_of(session, who, document_id))


@change("/documents/{document_id}/term/extend")
def extend_term(session: Session, who: Actor, document_id: int, body: Prolonging, match: Match) -> TermShown:
    """Give the legal term more time, as far as it allows; a leader's decision with its reason."""
    document = document_of(session, who, document_id, lock=True)
    match.check(session, document)
    prolonging.extend(session, who, document, count=body.count, kind=body.kind, reason=body.reason)
    return _term(session, document)


@change("/documents/{document_id}/term/suspend")
def suspend_term(session: Session, who: Actor, document_id: int, body: Suspending, match: Match) -> TermShown:
    """Let the legal term stand until what is missing comes; a leader's decision with its reason."""
    document = document_of(session, who, document_id, lock=True)
    match.check(session, document)
    suspending.suspend(session, who, document, cause=body.cause, since=body.since, reason=body.reason)
    return _term(session, document)


@change("/documents/{document_id}/term/resume")
def resume_term(session: Session, who: Actor, document_id: int, body: Resuming, match: Match) -> TermShown:
    """Let the legal term go on: what was missing came."""
    document = document_of(session, who, document_id, lock=True)
    match.check(session, document)
    suspending.resume(session, who, document, until=body.until)
    return _term(session, document)


def _term(session: Session, document: Document) -> TermShown:
    due = legal_due(session, document)
    why = [track.say(message) for message in terms.explain(due)] if due is not None else []
    return TermShown(due_on=document.due_on, why=why)


@read("/documents/{document_id}/receipt")
def receipt(document_id: int) -> Receipt:
    """The receipt of its registration, to be checked without us."""
    with house().transaction() as session:
        document = document_of(session, actor(), document_id)
        require(actor(), Permission.LEDGER_READ, document)
        leaf_id = document.leaf_id
    if leaf_id is None:
        raise NotFound
    return Receipt(**track.receipt_of(leaf_id))


def _step(step: course.Step) -> StepShown:
    return StepShown(
        kind=step.kind,
        what=step.what,
        what_text=t(step.what),
        official_id=step.who.official_id if step.who else None,
        entered_by_id=step.entered_by.official_id if step.entered_by else None,
        at=step.at,
        until=step.until,
        stands_since=step.stands_since,
        text=step.text,
        resolution_id=step.resolution.resolution_id if step.resolution else None,
        assignment_id=step.assignment.assignment_id if step.assignment else None,
        report_id=step.report.report_id if step.report else None,
        extension_id=step.extension.extension_id if step.extension else None,
        document_id=step.document.document_id if step.document else None,
        steps=[_step(each) for each in step.steps],
    )


def _line(row: letter_history.Entry) -> HistoryShown:
    line = row.line
    word = t(f"event.{line.kind.value.replace(':', '_').replace('-', '_')}")
    own = {name: getattr(line, name) for name in ("event_id", "at", "kind", "official_id", "acting_for_id", "leaf_id")}
    return HistoryShown(kind_text=word, hand=row.hand, in_place_of=row.place, **own)
