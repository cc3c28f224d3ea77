"""Tables of the services: a case under its route, its steps, what was found out, brought, asked and paid for it.

A case is a proceeding (administrative proceeding), not the folder: that is the case file of `edms.filing`. Its legal
clock is the letter's own (`Document.term`); a step has a term of its own beside it.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edms.access.roles import Role
from edms.db.base import Base, key, word
from edms.services.elsewhere import Elsewhere
from edms.services.kinds import Addressee


class CaseState(StrEnum):
    """A case runs until one of the route's ends, or until it is broken off or withdrawn."""

    RUNNING = "running"
    ENDED = "ended"
    BROKEN_OFF = "broken_off"  # begun by mistake, or under the wrong route
    WITHDRAWN = "withdrawn"  # by whoever applied, before anything was decided


class StepState(StrEnum):
    """Where a step of a case stands."""

    OPEN = "open"
    DONE = "done"
    LEFT = "left"  # gone back from, or overtaken by the end of its case


class RouteText(Base):
    """A version of a route as it was when a case began under it, with the shared blocks of that day: the case keeps it,
    whatever becomes of the files."""

    __tablename__ = "route_text"
    route_text_id: Mapped[key]
    route_key: Mapped[str]  # GE/social_assistance/1
    sha256: Mapped[str] = mapped_column(unique=True)  # of source and blocks
    source: Mapped[str]
    blocks: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]


class Seat(Base):
    """Which unit of this organisation the routes mean by "social", "architecture" and the like."""

    __tablename__ = "service_seat"
    seat_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    name: Mapped[str]  # as the routes write it
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.unit_id"))
    version: Mapped[int] = mapped_column(default=1)
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)
    __mapper_args__ = {"version_id_col": version}


class Offer(Base):
    """A service that citizens of this organisation may apply for online."""

    __tablename__ = "service_offer"
    offer_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    service: Mapped[str]
    offered_at: Mapped[datetime]
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (UniqueConstraint("organisation_id", "service"),)


class Application(Base):
    """What a citizen filled in online: it lies in the tray as an arrival, and its values fill the case when it begins."""

    __tablename__ = "service_application"
    application_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    arrival_id: Mapped[int] = mapped_column(ForeignKey("arrival.arrival_id"), unique=True)
    service: Mapped[str]
    values: Mapped[dict[str, Any]]
    papers: Mapped[list[Any]]  # [{"paper": id of the route's paper, "content": content_id}]
    language: Mapped[str]
    applied_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]  # a case was begun with it, or found to be begun already
    __table_args__ = (Index("ix_service_application_waiting", "arrival_id", postgresql_where="begun_at is null"),)


class Case(Base):
    """One proceeding: a letter under the route of a service, by the version of its registration date.

    A letter has one case; beside it stand only those that were broken off, under which it went the wrong way.
    """

    __tablename__ = "service_case"
    case_id: Mapped[key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.document_id"), index=True)
    route_text_id: Mapped[int] = mapped_column(ForeignKey("route_text.route_text_id"))
    service: Mapped[str]  # the route's name
    state: Mapped[CaseState] = word(CaseState, default=CaseState.RUNNING)
    begun_at: Mapped[datetime]
    begun_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    moves: Mapped[int] = mapped_column(default=0)  # steps that ended: whoever saw fewer saw another state
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # as the route names it
    end_reason: Mapped[str | None]  # why it was broken off, or how it was withdrawn
    decided_on: Mapped[date | None]
    silent_at: Mapped[datetime | None]  # the term passed with nothing decided, and silence had its effect
    silence_told_of: Mapped[date | None]  # the last day of the term of which people were warned that silence is near
    limit_on: Mapped[date | None]  # the last day on which it can be decided at all, where its route knows one
    limit_term: Mapped[dict[str, Any] | None]  # which limit that is, how it was counted, and the warnings given
    limit_wakes_on: Mapped[date | None]  # when the clock next does something for it
    lapsed_at: Mapped[datetime | None]  # it can be decided no more
    version: Mapped[int] = mapped_column(default=1)
    route: Mapped[RouteText] = relationship()
    steps: Mapped[list[CaseStep]] = relationship(order_by="CaseStep.case_step_id", back_populates="case")
    __table_args__ = (
        Index("ix_service_case_standing", "document_id", unique=True, postgresql_where="state <> 'broken_off'"),
        Index("ix_service_case_running", "organisation_id", "service", postgresql_where="state = 'running'"),
        Index("ix_service_case_organisation_id_case_id", "organisation_id", "case_id"),
        Index("ix_service_case_limit", "limit_wakes_on", postgresql_where="limit_wakes_on is not null"),
    )
    __mapper_args__ = {"version_id_col": version}


class CaseStep(Base):
    """One doing of a step. A step that is done again, after going back, has another row."""

    __tablename__ = "service_case_step"
    case_step_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.organisation_id"))
    step: Mapped[str]  # its id in the route
    state: Mapped[StepState] = word(StepState, default=StepState.OPEN)
    role: Mapped[Role | None] = word(Role)  # whose it is: a role of the office,
    seat: Mapped[str | None]  # in this unit of the routes
    ends_with: Mapped[Elsewhere | None] = word(Elsewhere)  # what is done to the letter elsewhere ends it
    official_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # who took it on, or must do it
    from_step_id: Mapped[int | None] = mapped_column(
        ForeignKey("service_case_step.case_step_id")
    )  # whose end opened it
    opened_at: Mapped[datetime]
    opened_on: Mapped[date]
    due_on: Mapped[date | None]
    term: Mapped[dict[str, Any] | None]  # how it was counted, and its extensions
    wakes_on: Mapped[date | None]  # the first civil day on which the clock does something to it
    fired: Mapped[list[Any]] = mapped_column(default=list)  # the timers of the route that have gone off, by their place
    answer: Mapped[str | None]
    marks: Mapped[list[Any]] = mapped_column(default=list)  # the events whose day its end is
    votes: Mapped[dict[str, Any] | None]  # of a sitting
    remark: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]  # the civil day that counts: of service, of the sitting
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # empty: by the clock
    version: Mapped[int] = mapped_column(default=1)
    case: Mapped[Case] = relationship(back_populates="steps")
    __table_args__ = (
        Index("ix_service_case_step_once", "case_id", "step", unique=True, postgresql_where="state = 'open'"),
        Index("ix_service_case_step_official", "official_id", postgresql_where="state = 'open'"),
        Index("ix_service_case_step_seat", "organisation_id", "seat", "role", postgresql_where="state = 'open'"),
        Index("ix_service_case_step_wakes", "wakes_on", postgresql_where="state = 'open' and wakes_on is not null"),
    )
    __mapper_args__ = {"version_id_col": version}


class CaseDocument(Base):
    """A document that a step brings forth: a draft in the making, then the registered document."""

    __tablename__ = "service_case_document"
    case_document_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"), index=True)
    case_step_id: Mapped[int] = mapped_column(ForeignKey("service_case_step.case_step_id"))
    name: Mapped[str]  # as the route names it
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.draft_id"), unique=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.document_id"), index=True)
    made_at: Mapped[datetime]


class CaseBody(Base):
    """Another body that was asked for its opinion, and what it said; silence is noted by the clock."""

    __tablename__ = "service_case_body"
    case_body_id: Mapped[key]
    case_step_id: Mapped[int] = mapped_column(ForeignKey("service_case_step.case_step_id"))
    body: Mapped[str]  # as the route names it
    answered_on: Mapped[date | None]
    agrees: Mapped[bool | None]
    silent: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str | None]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (UniqueConstraint("case_step_id", "body"),)


class CaseNotice(Base):
    """What somebody outside was told of the case: the applicant reads it on her tracking page."""

    __tablename__ = "service_case_notice"
    case_notice_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"), index=True)
    message: Mapped[str]
    addressee: Mapped[Addressee] = word(Addressee)
    step: Mapped[str]
    at: Mapped[datetime]
    due_on: Mapped[date | None]  # of the step that it speaks of


SAME_PERSON = "name in ('offender_number', 'personal_number') and replaced_at is null"
"""The fields by which the shipped routes find earlier cases of the same person."""


class CaseFact(Base):
    """One value found out for a case. A corrected one stays, with the moment at which another took its place."""

    __tablename__ = "service_case_fact"
    case_fact_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"))
    name: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    names_document_id: Mapped[int | None] = mapped_column(
        ForeignKey("document.document_id")
    )  # the letter that its number means; empty while that is not certain
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))  # empty: by the applicant
    case_step_id: Mapped[int | None] = mapped_column(ForeignKey("service_case_step.case_step_id"))
    replaced_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_service_case_fact_now", "case_id", "name", unique=True, postgresql_where="replaced_at is null"),
        Index("ix_service_case_fact_names", "names_document_id", postgresql_where="names_document_id is not null"),
        Index("ix_service_fact_same", "value", postgresql_where=SAME_PERSON),
    )


class CasePaper(Base):
    """A paper of the route's list that is here, and where it is: a content of the letter, or seen as an original."""

    __tablename__ = "service_case_paper"
    case_paper_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"))
    paper: Mapped[str]  # its id in the route
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    note: Mapped[str | None]
    noted_at: Mapped[datetime]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
    __table_args__ = (UniqueConstraint("case_id", "paper"),)


class CaseQuery(Base):
    """What another register answered on a day: entered by hand, with its print where there is one."""

    __tablename__ = "service_case_query"
    case_query_id: Mapped[key]
    case_id: Mapped[int] = mapped_column(ForeignKey("service_case.case_id"), index=True)
    source: Mapped[str]  # the register, as the route names it
    question: Mapped[str]
    answer: Mapped[dict[str, Any]]
    asked_on: Mapped[date]
    content_id: Mapped[int | None] = mapped_column(ForeignKey("content.content_id"), index=True)
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("official.official_id"))
