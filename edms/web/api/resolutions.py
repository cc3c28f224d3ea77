"""Resolutions: who shall do what until when; issued, changed, cancelled, delegated down the tree."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry.documents import document_of
from edms.routing import changing, finding, resolution, submission
from edms.routing.models import AssignmentState, Order, Purpose, Resolution, ResolutionState
from edms.routing.naming import Executor
from edms.web.api.layer import Match, change, create, read
from edms.web.api.shapes import Asked, Id, IsoDay, Line, Reason, Text, Thing


class AssignmentShown(Thing):
    """One person's work under a resolution. The first named is responsible. `stands_since`: its term stands with the
    letter's legal term, and `due_on` moves when that goes on."""

    PLACE: ClassVar[str] = "/assignments/{assignment_id}"
    assignment_id: int
    resolution_id: int
    document_id: int
    official_id: int
    position: int
    responsible: bool
    purpose: Purpose
    state: AssignmentState
    due_on: date | None
    stands_since: date | None
    opened_at: datetime | None
    read_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None


class ResolutionShown(Thing):
    """Who shall do what until when. People are told at `not_before`: until then it can be taken back."""

    PLACE: ClassVar[str] = "/resolutions/{resolution_id}"
    resolution_id: int
    document_id: int
    submission_id: int | None
    parent_assignment_id: int | None
    author_id: int
    entered_by_id: int
    scan_content_id: int | None
    text: str
    order: Order
    issued_at: datetime
    due_on: date | None
    state: ResolutionState
    to_file: bool
    not_before: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    assignments: list[AssignmentShown]


class Named(Asked):
    """A person named in a resolution."""

    official_id: Id
    purpose: Purpose = Purpose.EXECUTE


Executors = Annotated[list[Named], Field(max_length=200)]


class Delegating(Asked):
    """What is to be done, by whom, until when. The first named to execute is responsible."""

    text: Text = ""
    executors: Executors = []
    order: Order = Order.PARALLEL
    due_on: IsoDay | None = None
    term: Annotated[Line | None, Field(description="A named term, such as ge.assignment, instead of a day.")] = None


class Resolving(Delegating):
    """A resolution. "To file" closes the letter without work."""

    to_file: bool = False


class ResolutionChanged(Reason):
    """What is given changes, the rest stays; everyone concerned is told."""

    text: Text | None = None
    due_on: IsoDay | None = None
    executors: Executors | None = None


@create("/documents/{document_id}/resolutions")
def issue(session: Session, who: Actor, document_id: int, body: Resolving) -> ResolutionShown:
    """Resolve what lies before one, or, as a leader, any letter one reads."""
    document = document_of(session, who, document_id, lock=True)
    before = submission.waiting_before_any(session, document, who.people)
    made = resolution.issue(
        session, who, before or document, text=body.text, executors=_named(body.executors), order=body.order,
        due_on=body.due_on, term=body.term, to_file=body.to_file,
    )  # fmt: skip
    return resolution_shown(session, made)


@create("/assignments/{assignment_id}/resolutions")
def delegate(session: Session, who: Actor, assignment_id: int, body: Delegating) -> ResolutionShown:
    """Pass the work of an assignment down to one's own staff; it stays one's own to answer for."""
    work = finding.assignment_of(session, who, assignment_id)
    made = resolution.delegate(
        session, who, work, text=body.text, executors=_named(body.executors), order=body.order, due_on=body.due_on,
        term=body.term,
    )  # fmt: skip
    return resolution_shown(session, made)


@read("/resolutions/{resolution_id}")
def show(session: Session, who: Actor, resolution_id: int) -> ResolutionShown:
    """One resolution with its assignments."""
    return resolution_shown(session, finding.resolution_of(session, who, resolution_id))


@change("/resolutions/{resolution_id}", "PATCH")
def amend(session: Session, who: Actor, resolution_id: int, body: ResolutionChanged, match: Match) -> ResolutionShown:
    """Change what is to be done, until when or by whom; the author or her superior, with a reason."""
    row = _locked(session, who, resolution_id, match)
    executors = _named(body.executors) if body.executors is not None else None
    changing.change(session, who, row, reason=body.reason, text=body.text, due_on=body.due_on, executors=executors)
    return resolution_shown(session, row)


@change("/resolutions/{resolution_id}/cancel")
def cancel(session: Session, who: Actor, resolution_id: int, body: Reason, match: Match) -> ResolutionShown:
    """Cancel it with all unfinished work under it."""
    row = _locked(session, who, resolution_id, match)
    changing.cancel(session, who, row, reason=body.reason)
    return resolution_shown(session, row)


@change("/resolutions/{resolution_id}/take-back")
def take_back(session: Session, who: Actor, resolution_id: int, match: Match) -> ResolutionShown:
    """Undo it within ten seconds, before anybody was told."""
    row = _locked(session, who, resolution_id, match)
    resolution.take_back(session, who, row)
    return resolution_shown(session, row)


def _named(given: list[Named]) -> list[Executor]:
    return [Executor(each.official_id, each.purpose) for each in given]


def _locked(session: Session, who: Actor, resolution_id: int, match: Match) -> Resolution:
    row = finding.resolution_of(session, who, resolution_id)
    document_of(session, who, row.document_id, lock=True)  # steps on one letter are put in a row by its own lock
    match.check(session, row)
    return row


def resolution_shown(session: Session, row: Resolution) -> ResolutionShown:
    """The resolution with its assignments, as it stands after an act."""
    session.flush()  # the assignments carry their ids and versions of after the act
    return ResolutionShown.of(row, assignments=[AssignmentShown.of(each) for each in row.assignments])
