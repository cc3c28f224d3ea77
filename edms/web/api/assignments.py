"""Assignments: reported, judged, acquainted with, given back, and more time asked, given or refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry.documents import document_of
from edms.routing import execution, extension, finding
from edms.routing.models import Assignment, Extension, ExtensionState, Report, ReportState
from edms.web.api.layer import Match, change, create, read
from edms.web.api.resolutions import AssignmentShown
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Reason, Text, Thing, shown


class ReportShown(Thing):
    """What an executor says she did, and what the author said to it."""

    PLACE: ClassVar[str] = "/reports/{report_id}"
    report_id: int
    assignment_id: int
    text: str
    reply_document_id: int | None
    reported_at: datetime
    reported_by_id: int
    state: ReportState
    remark: str | None
    judged_at: datetime | None
    judged_by_id: int | None


class ExtensionShown(Thing):
    """More time that was asked for. `late`: less than three days before the due day."""

    PLACE: ClassVar[str] = "/extensions/{extension_id}"
    extension_id: int
    assignment_id: int
    asked_at: datetime
    asked_by_id: int
    reason: str
    due_before: date | None
    due_wanted: date
    late: bool
    state: ExtensionState
    answered_at: datetime | None
    answered_by_id: int | None
    remark: str | None


class Reporting(Asked):
    """What was done, and the reply if there is one."""

    text: Text
    reply_document_id: Id | None = None


class Accepting(Asked):
    """A remark if need be; `release` frees the co-executors who are still at work."""

    remark: Text | None = None
    release: bool = False


class Remark(Asked):
    """What is still wanted, or why not."""

    remark: Text


class Asking(Reason):
    """Until when."""

    wanted: IsoDay


class Granting(Asked):
    """Until another day than was asked, if need be."""

    until: IsoDay | None = None
    remark: Text | None = None


@read("/assignments/{assignment_id}")
def show(session: Session, who: Actor, assignment_id: int) -> AssignmentShown:
    """One assignment."""
    return AssignmentShown.of(finding.assignment_of(session, who, assignment_id))


@read("/assignments/{assignment_id}/reports")
def reports(session: Session, who: Actor, assignment_id: int) -> Page[ReportShown]:
    """What was reported about it, in order."""
    rows = finding.assignment_of(session, who, assignment_id).reports
    return Page(items=[ReportShown.of(row) for row in rows])


@create("/assignments/{assignment_id}/reports")
def report(session: Session, who: Actor, assignment_id: int, body: Reporting) -> ReportShown:
    """Say that the work is done, how, and by which reply."""
    work = finding.assignment_of(session, who, assignment_id)
    made = execution.report(session, who, work, text=body.text, reply_document_id=body.reply_document_id)
    return shown(session, ReportShown, made)


@change("/assignments/{assignment_id}/acquaint")
def acquaint(session: Session, who: Actor, assignment_id: int, match: Match) -> AssignmentShown:
    """Confirm having taken note."""
    work = _work(session, who, assignment_id, match)
    execution.acquaint(session, who, work)
    return shown(session, AssignmentShown, work)


@change("/assignments/{assignment_id}/give-back")
def give_back(session: Session, who: Actor, assignment_id: int, body: Reason, match: Match) -> AssignmentShown:
    """Say that the work is not one's own, and why."""
    work = _work(session, who, assignment_id, match)
    execution.give_back(session, who, work, reason=body.reason)
    return shown(session, AssignmentShown, work)


@read("/reports/{report_id}")
def one_report(session: Session, who: Actor, report_id: int) -> ReportShown:
    """One report."""
    return ReportShown.of(finding.report_of(session, who, report_id))


@change("/reports/{report_id}/accept")
def accept(session: Session, who: Actor, report_id: int, body: Accepting, match: Match) -> ReportShown:
    """Accept a report: this work is done."""
    made = _report(session, who, report_id, match)
    execution.accept(session, who, made, remark=body.remark, release=body.release)
    return shown(session, ReportShown, made)


@change("/reports/{report_id}/return")
def return_(session: Session, who: Actor, report_id: int, body: Remark, match: Match) -> ReportShown:
    """Send the work back with a remark."""
    made = _report(session, who, report_id, match)
    execution.return_for_rework(session, who, made, remark=body.remark)
    return shown(session, ReportShown, made)


@create("/assignments/{assignment_id}/extensions")
def ask_more_time(session: Session, who: Actor, assignment_id: int, body: Asking) -> ExtensionShown:
    """Ask the author for more time, with a reason."""
    work = finding.assignment_of(session, who, assignment_id)
    made = extension.ask(session, who, work, wanted=body.wanted, reason=body.reason)
    return shown(session, ExtensionShown, made)


@read("/extensions/{extension_id}")
def one_extension(session: Session, who: Actor, extension_id: int) -> ExtensionShown:
    """One request for more time."""
    return ExtensionShown.of(finding.extension_of(session, who, extension_id))


@change("/extensions/{extension_id}/grant")
def grant(session: Session, who: Actor, extension_id: int, body: Granting, match: Match) -> ExtensionShown:
    """Give the time asked for, or until another day."""
    row = _extension(session, who, extension_id, match)
    extension.grant(session, who, row, until=body.until, remark=body.remark)
    return shown(session, ExtensionShown, row)


@change("/extensions/{extension_id}/refuse")
def refuse(session: Session, who: Actor, extension_id: int, body: Remark, match: Match) -> ExtensionShown:
    """Refuse more time, and say why."""
    row = _extension(session, who, extension_id, match)
    extension.refuse(session, who, row, remark=body.remark)
    return shown(session, ExtensionShown, row)


def _work(session: Session, who: Actor, assignment_id: int, match: Match) -> Assignment:
    work = finding.assignment_of(session, who, assignment_id)
    document_of(session, who, work.document_id, lock=True)  # steps on one letter are put in a row by its own lock
    match.check(session, work)
    return work


def _report(session: Session, who: Actor, report_id: int, match: Match) -> Report:
    made = finding.report_of(session, who, report_id)
    _lock(session, who, made.assignment_id)
    match.check(session, made)
    return made


def _extension(session: Session, who: Actor, extension_id: int, match: Match) -> Extension:
    row = finding.extension_of(session, who, extension_id)
    _lock(session, who, row.assignment_id)
    match.check(session, row)
    return row


def _lock(session: Session, who: Actor, assignment_id: int) -> None:
    work = finding.assignment_of(session, who, assignment_id)
    document_of(session, who, work.document_id, lock=True)
