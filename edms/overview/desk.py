"""My desk: what needs me, in order of lateness. Each group is capped; nothing is counted beyond its cap.

What was given within the last ten seconds is not here yet: it can still be taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.roles import Role
from edms.drafting.models import Draft, Visa
from edms.overview import desk_groups, lying
from edms.overview.case_steps import StepWork, beside
from edms.overview.desk_groups import CAP, Work
from edms.overview.line import LetterLine, lines_of
from edms.registry import arrivals
from edms.registry.dispatch import to_send
from edms.registry.endings import telling
from edms.registry.endings.models import ArrivalEnd
from edms.registry.going_out import service
from edms.registry.models import Arrival, Dispatch, Document
from edms.routing import control
from edms.routing.models import Control, Extension, Report, Submission
from edms.routing.opinions.models import Opinion

__all__ = ["CAP", "Desk", "Work", "desk_of", "next_to_resolve"]


@dataclass
class Desk:
    """What lies on somebody's desk. Every list is capped at CAP; what has a number alone is counted whole."""

    arrivals: list[Arrival] = field(default_factory=list)
    to_tell: list[tuple[Arrival, ArrivalEnd]] = field(default_factory=list)  # forwarded: the applicant must be told
    to_submit: list[LetterLine] = field(default_factory=list)
    to_open: list[LetterLine] = field(default_factory=list)  # closed envelopes that I alone open
    to_resolve: list[tuple[Submission, LetterLine]] = field(default_factory=list)
    to_execute: list[Work] = field(default_factory=list)
    to_acquaint: list[Work] = field(default_factory=list)
    case_steps: list[StepWork] = field(default_factory=list)  # steps of cases that lie with me
    to_judge: list[tuple[Report, LetterLine]] = field(default_factory=list)
    to_extend: list[tuple[Extension, LetterLine]] = field(default_factory=list)  # more time was asked of me
    to_reassign: list[Work] = field(default_factory=list)  # given back to me as "not mine"
    to_redirect: list[tuple[Submission, LetterLine]] = field(default_factory=list)  # I laid it before the wrong person
    to_opine: list[tuple[Opinion, LetterLine]] = field(default_factory=list)
    papers_handed: list[LetterLine] = field(default_factory=list)  # on their way to me: I confirm
    papers: list[LetterLine] = field(default_factory=list)  # paper originals that I have
    to_visa: list[Visa] = field(default_factory=list)
    to_sign: list[Draft] = field(default_factory=list)
    to_scan: list[Draft] = field(default_factory=list)  # printed for a pen; the scan is awaited
    to_send: list[tuple[Dispatch, Document]] = field(default_factory=list)
    to_dispatch: list[LetterLine] = field(default_factory=list)  # signed, and nobody sent them yet
    unserved: list[tuple[Dispatch, LetterLine]] = field(default_factory=list)  # came back: how else?
    control: list[tuple[Control, LetterLine]] = field(default_factory=list)  # near or late
    removals: int = 0  # how many were answered and wait for the word that ends control
    my_drafts: list[Draft] = field(default_factory=list)

    @property
    def late(self) -> int:
        """How many of the letters here are past their day."""
        works = [work.line for work in (*self.to_execute, *self.to_reassign)] + [work.line for work in self.case_steps]
        lying = (*self.to_resolve, *self.to_redirect)
        return sum(line.kind == "late" for line in works) + sum(line.kind == "late" for _, line in lying)


def desk_of(session: Session, actor: Actor) -> Desk:
    """Everything that needs the actor, or the one she stands in for."""
    desk = Desk()
    today = clock.today(actor.time_zone)
    if actor.has(Role.REGISTRAR):
        desk.arrivals = arrivals.waiting(session, actor, limit=CAP)
        desk.to_tell = telling.to_tell(session, actor, limit=CAP)
        desk.to_submit = desk_groups.to_submit(session, actor, today)
        desk.to_send = to_send(session, actor, limit=CAP)
        desk.to_dispatch = lines_of(session, service.to_dispatch(session, actor, limit=CAP), today)
    if permits(actor, Permission.CONTROL_READ):
        desk.control = desk_groups.control(session, actor, today)
        desk.removals = control.count_controlled(session, actor, answered=True)
    if actor.people:
        people = sorted(actor.people)
        there = lying.with_(session, people, actor.organisation_id or 0)
        for name, of_people in desk_groups.OF_PEOPLE.items():
            if getattr(there, name):
                setattr(desk, name, of_people(session, actor, people, today))
        desk.to_execute = beside(desk.case_steps, desk.to_execute)
        back = {line.document.document_id for _, line in desk.to_redirect}
        desk.to_submit = [line for line in desk.to_submit if line.document.document_id not in back]
    return desk


def next_to_resolve(session: Session, actor: Actor, *, but: int) -> Document | None:
    """The letter that waits first for the actor's resolution, other than the one with this id."""
    today = clock.today(actor.time_zone)
    rows = desk_groups.to_resolve(session, actor, sorted(actor.people), today) if actor.people else []
    return next((line.document for _, line in rows if line.document.document_id != but), None)
