"""My desk: what needs me, in order of lateness; and what I was told."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.drafting.models import DraftKind
from edms.notices import notices
from edms.notices.models import Notice
from edms.overview import desk as overview
from edms.registry.words import Channel, Tray
from edms.web.api.layer import ask, read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Page, Paged, Shown
from edms.web.kit import t


class ArrivalOnDesk(Shown):
    """Something in a tray."""

    arrival_id: int
    tray: Tray
    channel: Channel
    arrived_at: datetime


class TellingOnDesk(Shown):
    """A forwarded arrival whose applicant must be told in writing, and until when."""

    arrival_id: int
    sender_name: str | None
    body: str | None
    notice_due_on: date


class SubmittedOnDesk(Shown):
    """A letter for one's resolution."""

    submission_id: int
    document: LetterShown


class WorkOnDesk(Shown):
    """Work that is one's own. `due_on` is the internal term; while that stands, since `stands_since`, it is the day it had."""

    assignment_id: int
    due_on: date | None
    stands_since: date | None
    document: LetterShown


class CaseStepOnDesk(Shown):
    """A step of a proceeding that lies with one. `step` is its id in the route."""

    case_id: int
    case_step_id: int
    step: str
    due_on: date | None
    document: LetterShown


class ReportOnDesk(Shown):
    """A report that waits for one's word."""

    report_id: int
    document: LetterShown


class ExtensionOnDesk(Shown):
    """More time that is asked of one."""

    extension_id: int
    due_wanted: date
    document: LetterShown


class OpinionOnDesk(Shown):
    """An opinion that is asked of one."""

    opinion_id: int
    due_on: date
    document: LetterShown


class DraftOnDesk(Shown):
    """A draft to write on, to agree to, or to sign."""

    draft_id: int
    kind: DraftKind
    subject: str


class DispatchOnDesk(Shown):
    """A letter to send."""

    dispatch_id: int
    document_id: int
    channel: Channel


class ControlOnDesk(Shown):
    """A letter under control that is near or late."""

    due_on: date
    document: LetterShown


class DeskShown(Shown):
    """What needs me. Each list holds fifty at most; `late` of them are past their day."""

    late: int
    arrivals: list[ArrivalOnDesk]
    to_tell: list[TellingOnDesk]
    to_submit: list[LetterShown]
    to_open: list[LetterShown]
    to_resolve: list[SubmittedOnDesk]
    to_execute: list[WorkOnDesk]
    to_acquaint: list[WorkOnDesk]
    case_steps: list[CaseStepOnDesk]
    to_judge: list[ReportOnDesk]
    to_extend: list[ExtensionOnDesk]
    to_reassign: list[WorkOnDesk]
    to_redirect: list[SubmittedOnDesk]
    to_opine: list[OpinionOnDesk]
    papers_handed: list[LetterShown]
    papers: list[LetterShown]
    to_visa: list[DraftOnDesk]
    to_sign: list[DraftOnDesk]
    to_send: list[DispatchOnDesk]
    control: list[ControlOnDesk]
    removals: int
    my_drafts: list[DraftOnDesk]


class NoticeShown(Shown):
    """What one was told."""

    notice_id: int
    at: datetime
    document_id: int | None
    message: str
    text: str
    seen_at: datetime | None


class Seen(Asked):
    """Up to when."""

    until: datetime


@read("/desk")
def show(session: Session, who: Actor) -> DeskShown:
    """Everything that needs me, or the one I stand in for."""
    desk = overview.desk_of(session, who)
    return DeskShown(
        late=desk.late,
        arrivals=[ArrivalOnDesk.model_validate(row) for row in desk.arrivals],
        to_tell=[TellingOnDesk.model_validate(end) for _, end in desk.to_tell],
        to_submit=[letter(line) for line in desk.to_submit],
        to_open=[letter(line) for line in desk.to_open],
        to_resolve=[SubmittedOnDesk(submission_id=s.submission_id, document=letter(ln)) for s, ln in desk.to_resolve],
        to_execute=[_work(each) for each in desk.to_execute],
        case_steps=[
            CaseStepOnDesk(
                case_id=each.case.case_id,
                case_step_id=each.row.case_step_id,
                step=each.row.step,
                due_on=each.row.due_on,
                document=letter(each.line),
            )
            for each in desk.case_steps
        ],
        to_acquaint=[_work(each) for each in desk.to_acquaint],
        to_judge=[ReportOnDesk(report_id=r.report_id, document=letter(line)) for r, line in desk.to_judge],
        to_extend=[
            ExtensionOnDesk(extension_id=e.extension_id, due_wanted=e.due_wanted, document=letter(line))
            for e, line in desk.to_extend
        ],
        to_reassign=[_work(each) for each in desk.to_reassign],
        to_redirect=[SubmittedOnDesk(submission_id=s.submission_id, document=letter(ln)) for s, ln in desk.to_redirect],
        to_opine=[
            OpinionOnDesk(opinion_id=o.opinion_id, due_on=o.consultation.due_on, document=letter(ln))
            for o, ln in desk.to_opine
        ],
        papers_handed=[letter(line) for line in desk.papers_handed],
        papers=[letter(line) for line in desk.papers],
        to_visa=[DraftOnDesk.model_validate(visa.draft) for visa in desk.to_visa],
        to_sign=[DraftOnDesk.model_validate(draft) for draft in desk.to_sign],
        to_send=[DispatchOnDesk.model_validate(row) for row, _ in desk.to_send],
        control=[ControlOnDesk(due_on=row.due_on, document=letter(line)) for row, line in desk.control],
        removals=desk.removals,
        my_drafts=[DraftOnDesk.model_validate(draft) for draft in desk.my_drafts],
    )


@read("/notices")
def told(session: Session, who: Actor, query: Paged) -> Page[NoticeShown]:
    """What one was told, the newest first."""
    before = place(query, datetime, int)
    rows = notices.latest(session, who, before=before, limit=query.limit + 1)
    return page(rows, query, _notice, lambda row: (row.at, row.notice_id))


@ask("/notices/seen", "PUT")
def seen(session: Session, who: Actor, body: Seen) -> None:
    """Note that one has seen them up to a moment; saying it again changes nothing."""
    notices.see(session, who, until=min(body.until, clock.now()))


def _work(work: overview.Work) -> WorkOnDesk:
    own = work.assignment
    return WorkOnDesk(
        assignment_id=own.assignment_id, due_on=own.due_on, stands_since=own.stands_since, document=letter(work.line)
    )


def _notice(row: Notice) -> NoticeShown:
    own = {name: getattr(row, name) for name in ("notice_id", "at", "document_id", "message", "seen_at")}
    return NoticeShown(text=t(row.message, **row.values), **own)
