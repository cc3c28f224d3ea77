"""Beside a letter: opinions, acquaintance, comments, following and conflicts of interest."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry.documents import document_of
from edms.routing import acquaintance, declaring
from edms.routing.models import Order
from edms.routing.opinions import asking
from edms.routing.opinions.models import Consultation, Opinion, OpinionState
from edms.routing.talk import comments
from edms.routing.talk.models import Comment
from edms.web.api.layer import Match, act, change, create, read
from edms.web.api.resolutions import AssignmentShown, ResolutionShown, resolution_shown
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Reason, Shown, Text, Thing, shown

People = Annotated[list[Id], Field(max_length=200)]


class OpinionShown(Thing):
    """What one person was asked and said."""

    PLACE: ClassVar[str] = "/opinions/{opinion_id}"
    opinion_id: int
    consultation_id: int
    document_id: int
    official_id: int
    position: int
    state: OpinionState
    text: str | None
    given_at: datetime | None
    given_by_id: int | None


class ConsultationShown(Thing):
    """A question to several people, at once or one after another."""

    PLACE: ClassVar[str] = "/consultations/{consultation_id}"
    consultation_id: int
    document_id: int
    author_id: int
    question: str
    order: Order
    due_on: date
    asked_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    opinions: list[OpinionShown]


class Consulting(Asked):
    """What is asked of whom until when."""

    question: Text
    official_ids: People
    due_on: IsoDay
    order: Order = Order.PARALLEL


class Saying(Asked):
    """A text."""

    text: Text


class Acquainting(Asked):
    """Who must read it: people, and everybody of units."""

    official_ids: People = []
    unit_ids: People = []
    text: Text = ""
    due_on: IsoDay | None = None


class Commenting(Asked):
    """A text and whom it calls; `official_ids` must see the letter, or one may share it."""

    text: Text
    official_ids: People = []


class CommentShown(Thing):
    """What somebody wrote beside a letter; the text is gone once it was withdrawn."""

    PLACE: ClassVar[str] = "/comments/{comment_id}"
    comment_id: int
    document_id: int
    author_id: int
    acting_for_id: int | None
    text: str
    at: datetime
    withdrawn_at: datetime | None


class ConflictShown(Shown):
    """A declared conflict of interest."""

    official_id: int
    reason: str
    declared_at: datetime


class Following(Asked):
    """Follow it, or no more."""

    on: bool


@read("/documents/{document_id}/consultations")
def consultations(session: Session, who: Actor, document_id: int) -> Page[ConsultationShown]:
    """What was asked about a letter, and what was said."""
    document = document_of(session, who, document_id)
    return Page(items=[_consultation(session, row) for row in asking.of_letter(session, who, document)])


@create("/documents/{document_id}/consultations")
def consult(session: Session, who: Actor, document_id: int, body: Consulting) -> ConsultationShown:
    """Ask people for their opinions."""
    document = document_of(session, who, document_id, lock=True)
    made = asking.ask(
        session, who, document, question=body.question, official_ids=body.official_ids, due_on=body.due_on,
        order=body.order,
    )  # fmt: skip
    return _consultation(session, made)


@read("/consultations/{consultation_id}")
def consultation(session: Session, who: Actor, consultation_id: int) -> ConsultationShown:
    """One question."""
    return _consultation(session, asking.consultation_of(session, who, consultation_id))


@change("/consultations/{consultation_id}/withdraw")
def withdraw_question(
    session: Session, who: Actor, consultation_id: int, body: Reason, match: Match
) -> ConsultationShown:
    """Ask no more; what was said stays."""
    row = asking.consultation_of(session, who, consultation_id)
    document_of(session, who, row.document_id, lock=True)
    match.check(session, row)
    asking.withdraw(session, who, row, reason=body.reason)
    return _consultation(session, row)


@read("/opinions/{opinion_id}")
def opinion(session: Session, who: Actor, opinion_id: int) -> OpinionShown:
    """One opinion."""
    return OpinionShown.of(asking.opinion_of(session, who, opinion_id))


@change("/opinions/{opinion_id}/give")
def give(session: Session, who: Actor, opinion_id: int, body: Saying, match: Match) -> OpinionShown:
    """Say one's opinion."""
    row: Opinion = asking.opinion_of(session, who, opinion_id)
    document_of(session, who, row.document_id, lock=True)
    match.check(session, row)
    asking.give(session, who, row, text=body.text)
    return shown(session, OpinionShown, row)


@read("/documents/{document_id}/readings")
def readings(session: Session, who: Actor, document_id: int) -> Page[AssignmentShown]:
    """Who was asked to read it, and who did when."""
    document = document_of(session, who, document_id)
    return Page(items=[AssignmentShown.of(row) for row in acquaintance.readings(session, document)])


@create("/documents/{document_id}/readings")
def acquaint(session: Session, who: Actor, document_id: int, body: Acquainting) -> ResolutionShown:
    """Ask people and units to read it and confirm."""
    document = document_of(session, who, document_id, lock=True)
    made = acquaintance.ask(
        session, who, document, text=body.text, official_ids=body.official_ids, unit_ids=body.unit_ids,
        due_on=body.due_on,
    )  # fmt: skip
    return resolution_shown(session, made)


@act("/documents/{document_id}/readings/remind")
def remind(session: Session, who: Actor, document_id: int) -> None:
    """Remind everybody who has not read it, once a day."""
    acquaintance.remind(session, who, document_of(session, who, document_id))


@read("/documents/{document_id}/comments")
def comments_of(session: Session, who: Actor, document_id: int) -> Page[CommentShown]:
    """What was written beside it."""
    document = document_of(session, who, document_id)
    return Page(items=[_comment(row) for row, _ in comments.of_letter(session, who, document)])


@create("/documents/{document_id}/comments")
def write(session: Session, who: Actor, document_id: int, body: Commenting) -> CommentShown:
    """Write beside it, and call people."""
    document = document_of(session, who, document_id, lock=True)
    return _comment(comments.write(session, who, document, text=body.text, mentioned=body.official_ids))


@read("/comments/{comment_id}")
def comment(session: Session, who: Actor, comment_id: int) -> CommentShown:
    """One comment."""
    return _comment(comments.comment_of(session, who, comment_id))


@change("/comments/{comment_id}/withdraw")
def withdraw_comment(session: Session, who: Actor, comment_id: int, match: Match) -> CommentShown:
    """Take back what one wrote; its place and day stay."""
    row = comments.comment_of(session, who, comment_id)
    document_of(session, who, row.document_id, lock=True)
    match.check(session, row)
    comments.withdraw(session, who, row)
    session.flush()  # the state of after the act
    return _comment(row)


@act("/documents/{document_id}/follow", "PUT")
def follow(session: Session, who: Actor, document_id: int, body: Following) -> None:
    """Be told of its changes, or no more; saying it again changes nothing."""
    comments.follow(session, who, document_of(session, who, document_id), on=body.on)


@act("/documents/{document_id}/conflict")
def conflict(session: Session, who: Actor, document_id: int, body: Reason) -> ConflictShown:
    """Declare one's conflict of interest: it leaves one with the reason, for good."""
    document = document_of(session, who, document_id, lock=True)
    return ConflictShown.model_validate(declaring.declare(session, who, document, reason=body.reason))


def _consultation(session: Session, row: Consultation) -> ConsultationShown:
    session.flush()  # ids and versions of after the act
    return ConsultationShown.of(row, opinions=[OpinionShown.of(each) for each in row.opinions])


def _comment(row: Comment) -> CommentShown:
    return CommentShown.of(row, text="" if row.withdrawn_at is not None else row.text)
