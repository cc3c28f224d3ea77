"""What a case makes public: which documents and announcements, where each was put, on which day and by whom.

What is to be made public the route says: a document names its channels, a step that tells the public those of its notice.
A step that is there for it does not end before it was done; all else stands on the page of the case until it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.db.base import Base, key, word
from edms.errors import Invalid, RuleBroken
from edms.events import Event, Subject
from edms.registry import words as registry_words
from edms.registry.card import clean
from edms.registry.models import Dispatch, Document
from edms.registry.words import DispatchState
from edms.routing.clocks import today_of
from edms.services import holding, papers, seats
from edms.services.definition import Route, Step
from edms.services.kinds import Addressee, Channel, NoticeMoment, StepKind
from edms.services.models import Case, CaseStep, StepState
from edms.staff.models import Organisation

LONGEST = 500
BY_HAND = (StepKind.WORK, StepKind.SERVE)
_PAGE = re.compile(r"\S+\.\S+")


class CasePublication(Base):
    """One document, or the announcement of a step, made public at one place. What was published stays published."""

    __tablename__ = "service_case_publication"
    case_publication_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"))
    case_step_id: Mapped[int] = mapped_column(ForeignKey("service_case_step.case_step_id"), index=True)
    name: Mapped[str]  # of the document, as the route names it; empty: what the step itself announces
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)
    channel: Mapped[Channel] = word(Channel)
    place: Mapped[str]  # the address of the page, which board, the newspaper and its issue
    published_on: Mapped[date]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (UniqueConstraint("case_id", "case_step_id", "name", "channel"),)


@dataclass(frozen=True)
class ToPublish:
    """Something to be made public in one way, and that it was."""

    row: CaseStep
    name: str
    channel: Channel
    document_id: int | None
    done: CasePublication | None


def announces(step: Step) -> tuple[Channel, ...]:
    """How a step that somebody ends by hand tells the public of what was done."""
    told = [n for n in step.notices if n.to is Addressee.PUBLIC and n.moment is NoticeMoment.DONE]
    return tuple(dict.fromkeys(c for n in told for c in n.channels)) if step.kind in BY_HAND else ()


def of_case(session: Session, case: Case, route: Route) -> list[ToPublish]:
    """All that the case has to make public so far, in the order of its steps."""
    found = session.scalars(select(CasePublication).where(CasePublication.case_id == case.case_id))
    done = {(each.case_step_id, each.name, each.channel): each for each in found}
    made = [each for each in papers.of_case(session, case) if each.document_id is not None]
    items = []
    for row in case.steps:
        if row.state is StepState.LEFT:
            continue
        here = [each for each in made if each.case_step_id == row.case_step_id]
        documents = [(e.name, c, e.document_id) for e in here for c in route.documents[e.name].publish]
        step = route.steps[row.step]
        if not documents and not _hands_over(case, route, row) and not _publishes(route, step):
            documents = [("", channel, None) for channel in announces(step)]
        items += [
            ToPublish(row, name, channel, ident, done.get((row.case_step_id, name, channel)))
            for name, channel, ident in documents
        ]
    return items


def sent_out(session: Session, items: Sequence[ToPublish]) -> dict[tuple[int, Channel], tuple[str, date]]:
    """Where and since when a document that is not entered yet was sent for publication (GAC 58), by document and channel.

    A sending says the place in words: the address of a page is of the site, all else of a board or a newspaper.
    """
    waiting = [(each.document_id, each.channel) for each in items if each.done is None and each.document_id is not None]
    found = select(Dispatch).where(
        Dispatch.document_id.in_([ident for ident, _ in waiting]),
        Dispatch.channel == registry_words.Channel.PUBLICATION,
        Dispatch.state.in_((DispatchState.SENT, DispatchState.SERVED)),
    )
    offered: dict[tuple[int, Channel], tuple[str, date]] = {}
    for sending in session.scalars(found.order_by(Dispatch.dispatch_id)) if waiting else ():
        zone = session.get_one(Organisation, sending.organisation_id).time_zone
        on_a_page = _PAGE.fullmatch(sending.address or "") is not None
        if sending.address and sending.sent_at is not None:
            for ident, channel in waiting:
                if ident == sending.document_id and (channel is Channel.SITE) == on_a_page:
                    offered[ident, channel] = (sending.address, clock.day_of(sending.sent_at, zone))
    return offered


def lacking(session: Session, case: Case, route: Route, row: CaseStep) -> list[ToPublish]:
    """What a step that tells the public has not made public yet: its own, or what it hands over."""
    return [item for item in _of_step(session, case, route, row) if item.done is None]


def published_on(session: Session, case: Case, route: Route, row: CaseStep) -> date | None:
    """The day on which the last of it was made public; None for a step that is not there for it."""
    days = [item.done.published_on for item in _of_step(session, case, route, row) if item.done is not None]
    return max(days, default=None)


def publish(
    session: Session, actor: Actor, case: Case, *, case_step_id: int, name: str, channel: Channel, place: str,
    on: date | None = None,
) -> CasePublication:  # fmt: skip
    """Enter that something was made public: where, and on which day (today where none is said).

    Errors: Forbidden to others than those who work on the case, and the registrar; Invalid by field; RuleBroken where
    it was entered before, or nothing of the kind is to be made public.
    """
    document, route = holding.hold(session, case)
    require(actor, Permission.CASE_PUBLISH, seats.matter_of_case(session, actor, document, case))
    items = of_case(session, case, route)
    item = next((i for i in items if (i.row.case_step_id, i.name, i.channel) == (case_step_id, name, channel)), None)
    if item is None:
        raise RuleBroken("proceedings.nothing_to_publish", number=document.number)
    if item.done is not None:
        raise RuleBroken("proceedings.published_already", number=document.number)
    day, today = on or today_of(session, document), today_of(session, document)
    wrong: dict[str, str] = {}
    if not (where := clean(place) or ""):
        wrong["place"] = "field.missing"
    elif len(where) > LONGEST:
        wrong["place"] = "registry.text_too_long"
    if not item.row.opened_on <= day <= today:
        wrong["on"] = "proceedings.not_that_day"
    if wrong:
        raise Invalid(fields=wrong)
    row = CasePublication(
        case_id=case.case_id, case_step_id=case_step_id, name=name, document_id=item.document_id, channel=channel,
        place=where, published_on=day, entered_at=clock.now(), entered_by_id=actor.official_id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    number = session.get_one(Document, item.document_id).number if item.document_id is not None else None
    said = {"step": item.row.step, "document": name, "paper": number, "channel": channel.value, "on": day.isoformat()}
    about = Subject("case-step", case_step_id, document_id=document.document_id)
    detail = {**said, "place": where}
    holding.note(session, actor, Event.CASE_PUBLISHED, case, document, detail, facts=said, subject=about)
    return row


def _of_step(session: Session, case: Case, route: Route, row: CaseStep) -> Sequence[ToPublish]:
    if not announces(route.steps[row.step]):
        return ()
    ids = {row.case_step_id, *(each.case_step_id for each in _handed(case, route, row))}
    return [item for item in of_case(session, case, route) if item.row.case_step_id in ids]


def _publishes(route: Route, step: Step) -> bool:
    """Does it bring forth what is to be made public itself? Then that is what it announces."""
    return any(route.documents[name].publish for name in step.produces)


def _hands_over(case: Case, route: Route, row: CaseStep) -> bool:
    return any(_publishes(route, route.steps[each.step]) for each in _handed(case, route, row))


def _handed(case: Case, route: Route, row: CaseStep) -> Iterator[CaseStep]:
    """Of a step that hands over: the one whose paper it is."""
    if route.steps[row.step].kind is StepKind.SERVE:
        yield from (each for each in case.steps if each.case_step_id == row.from_step_id)
