"""Keeping and destruction: dates of case files, holds, what is due, acts.

An act is approved and a hold is lifted by a person who gives her password: no program does either.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.filing import case_files, plan
from edms.overview import destroyed
from edms.registry import documents
from edms.retention import acts, approving, confirming, dating, due, holds, proposing
from edms.retention.act_models import ActState, DisposalAct, LineState
from edms.retention.due import DueLine, Obstacle
from edms.retention.keeping import KeepUntil, explain
from edms.retention.models import CaseKeeping, Hold, KeepingState
from edms.retention.schedule import Action
from edms.staff.models import Organisation
from edms.staff.organisations import organisation_of
from edms.web.api.filing import YearWanted
from edms.web.api.layer import Match, change, create, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Line, Page, Paged, Reason, Shown, Text, Thing, shown
from edms.web.kit import language, t


class KeepingShown(Thing):
    """How a closed case file is kept. `until` null: for ever, or its trigger has not come; `why` ends with the article."""

    PLACE: ClassVar[str] = "/case-files/{case_file_id}/keeping"
    case_file_id: int
    state: KeepingState
    retention_class: str
    until: date | None
    permanent: bool
    action: Action
    transfer_from: date | None
    triggered_on: date | None
    trigger_proof: str | None
    why: list[str]


class DueShown(Shown):
    """A case file that is due by the year's end, and what stands in the way of an act; empty: nothing."""

    case_file_id: int
    index: str
    volume: int
    retention_class: str
    until: date | None
    state: KeepingState
    obstacles: list[Obstacle]


class ActLineShown(Shown):
    """A case file of an act. `sha256` is over the hashes of its contents, `leaf` its place in the ledger."""

    case_file_id: int
    index: str
    year: int
    volume: int
    state: LineState
    until: date
    letters: int
    sheets: int
    reason: str | None
    sha256: str | None
    leaf: int | None


class ActShown(Thing):
    """An act of destruction. `document_id` is the act in the register, once it is approved."""

    PLACE: ClassVar[str] = "/disposal-acts/{disposal_act_id}"
    disposal_act_id: int
    state: ActState
    ground: str
    authority: str | None
    proposed_at: datetime
    proposed_by_id: int | None
    document_id: int | None
    approved_at: datetime | None
    erase_from: date | None
    ended_at: datetime | None
    end_reason: str | None
    approved_by_ids: list[int]
    cases: list[ActLineShown]


class Proposing(Asked):
    """Which case files, on what grounds; `authority` is the archive authority's agreement where a class asks for it."""

    case_file_ids: Annotated[list[Id], Field(min_length=1, max_length=100)]
    ground: Text
    authority: Text | None = None


class TakingOut(Reason):
    """Which case, why, and until when it is kept then."""

    case_file_id: Id
    until: IsoDay | None = None


class HoldShown(Thing):
    """A hold on one of the three things; it stands while `lifted_at` is null."""

    PLACE: ClassVar[str] = "/holds/{hold_id}"
    hold_id: int
    document_id: int | None
    case_file_id: int | None
    case_index_id: int | None
    reason: str
    ground: str
    until: date | None
    placed_at: datetime
    placed_by_id: int | None
    lifted_at: datetime | None
    lifted_by_id: int | None
    lift_reason: str | None


class Placing(Asked):
    """On one of the three, why, by which paper, until when."""

    document_id: Id | None = None
    case_file_id: Id | None = None
    case_index_id: Id | None = None
    reason: Text
    ground: Text
    until: IsoDay | None = None


class HoldsWanted(Paged):
    """Lifted ones too."""

    lifted: bool = False


class TriggerEntered(Asked):
    """The day from which the period is counted, and the paper that shows it."""

    on: IsoDay
    proof: Line


class Confirming(Asked):
    """A class, on what ground; `years` lengthen it, `for_ever` keeps it permanently."""

    retention_class: Line
    ground: Text
    years: Annotated[int, Field(ge=1, le=200)] | None = None
    for_ever: bool = False


class ConfirmedShown(Thing):
    """What was decided about a class."""

    PLACE: ClassVar[str] = "/retention-classes"
    name: str
    years: int | None
    ground: str
    confirmed_at: datetime
    confirmed_by_id: int | None


@read("/case-files/{case_file_id}/keeping")
def keeping(session: Session, who: Actor, case_file_id: int) -> KeepingShown:
    """Until when a closed case file is kept, and why."""
    return _keeping(session, dating.keeping_of(session, who, case_file_id))


@change("/case-files/{case_file_id}/trigger")
def trigger(session: Session, who: Actor, case_file_id: int, body: TriggerEntered, match: Match) -> KeepingShown:
    """Enter the day from which the case's period is counted (archivists)."""
    case_file = case_files.case_file_of(session, who, case_file_id)
    require(who, Permission.TRIGGER_ENTER, case_file)
    row = dating.keeping_of(session, who, case_file_id)
    match.check(session, row)
    return _keeping(session, dating.enter_trigger(session, who, case_file, on=body.on, proof=body.proof))


@create("/retention-classes")
def confirm(session: Session, who: Actor, body: Confirming) -> ConfirmedShown:
    """Confirm a class of the schedule, or lengthen it (archivists)."""
    here = organisation_of(session, who, who.organisation_id or 0)
    made = confirming.confirm(
        session, who, here, body.retention_class, ground=body.ground, years=body.years, for_ever=body.for_ever
    )
    return shown(session, ConfirmedShown, made)


@read("/disposal-due")
def index_due(session: Session, who: Actor, query: YearWanted) -> Page[DueShown]:
    """The case files whose period is over by the end of a year, by class, with what stands in the way."""
    after = place(query, str, int)
    rows = due.due(session, who, year=query.year, after=after, limit=query.limit + 1)
    return page(rows, query, _due, lambda row: (row.keeping.retention_class, row.keeping.case_file_id))


@read("/disposal-acts")
def index(session: Session, who: Actor, query: Paged) -> Page[ActShown]:
    """The acts of destruction, the newest first."""
    before = place(query, int)
    rows = acts.acts(session, who, before=before[0] if before else None, limit=query.limit + 1)
    return page(rows, query, lambda row: _act(session, row), lambda row: (row.disposal_act_id,))


@create("/disposal-acts")
def propose(session: Session, who: Actor, body: Proposing) -> ActShown:
    """Propose the destruction of case files that are due (archivists)."""
    here = organisation_of(session, who, who.organisation_id or 0)
    made = proposing.propose(session, who, here, body.case_file_ids, ground=body.ground, authority=body.authority)
    return _act(session, made)


@read("/disposal-acts/{disposal_act_id}")
def show(session: Session, who: Actor, disposal_act_id: int) -> ActShown:
    """One act with its cases."""
    return _act(session, acts.act_of(session, who, disposal_act_id))


@change("/disposal-acts/{disposal_act_id}/take-out")
def take_out(session: Session, who: Actor, disposal_act_id: int, body: TakingOut, match: Match) -> ActShown:
    """Take a case out of an act before anything is erased (archivists, the expert commission, the head)."""
    row = acts.act_of(session, who, disposal_act_id)
    match.check(session, row)
    approving.take_out(session, who, row, body.case_file_id, reason=body.reason, until=body.until)
    return _act(session, row)


@change("/disposal-acts/{disposal_act_id}/withdraw")
def withdraw(session: Session, who: Actor, disposal_act_id: int, body: Reason, match: Match) -> ActShown:
    """Withdraw an act before anything is erased (archivists, the expert commission, the head)."""
    row = acts.act_of(session, who, disposal_act_id)
    match.check(session, row)
    approving.withdraw(session, who, row, reason=body.reason)
    return _act(session, row)


@read("/holds")
def index_holds(session: Session, who: Actor, query: HoldsWanted) -> Page[HoldShown]:
    """The holds that stand, the newest first; on request those that were lifted too."""
    before = place(query, int)
    rows = holds.holds(session, who, lifted=query.lifted, before=before[0] if before else None, limit=query.limit + 1)
    return page([row.hold for row in rows], query, HoldShown.of, lambda row: (row.hold_id,))


@create("/holds")
def hold(session: Session, who: Actor, body: Placing) -> HoldShown:
    """Stop destruction of a letter, a case file or a case index (archivists, lawyers, the head)."""
    thing = _thing(session, who, body)
    return shown(session, HoldShown, holds.place(session, who, thing, reason=body.reason, ground=body.ground, until=body.until))  # fmt: skip


@read("/holds/{hold_id}")
def show_hold(session: Session, who: Actor, hold_id: int) -> HoldShown:
    """One hold."""
    found: Hold = holds.hold_of(session, who, hold_id)
    return HoldShown.of(found)


def _thing(session: Session, who: Actor, body: Placing) -> holds.Held:
    named = [name for name in ("document_id", "case_file_id", "case_index_id") if getattr(body, name) is not None]
    if len(named) != 1:
        require(who, Permission.HOLD_PLACE)
        raise Invalid(fields=dict.fromkeys(named or ["document_id"], "retention.hold_on_one"))
    if body.document_id is not None:
        return documents.document_of(session, who, body.document_id)
    if body.case_file_id is not None:
        return case_files.case_file_of(session, who, body.case_file_id)
    return plan.case_index_of(session, who, body.case_index_id or 0)


def _keeping(session: Session, row: CaseKeeping) -> KeepingShown:
    session.flush()
    office = session.get_one(Organisation, row.organisation_id)
    line = confirming.class_of(session, office, row.retention_class)
    why = [t(ident, **_said(values)) for ident, values in explain(line, KeepUntil.from_json(row.reason))]
    return KeepingShown.of(row, why=why)


def _said(values: object) -> dict[str, object]:
    given = dict(values) if isinstance(values, dict) else {}
    return {name: words.date(language(), v) if isinstance(v, date) else v for name, v in given.items()}


def _due(line: DueLine) -> DueShown:
    row = line.keeping
    return DueShown(
        case_file_id=row.case_file_id, index=row.case_file.case_index.index, volume=row.case_file.volume,
        retention_class=row.retention_class, until=row.until, state=row.state, obstacles=list(line.obstacles),
    )  # fmt: skip


def _act(session: Session, row: DisposalAct) -> ActShown:
    session.flush()
    found = acts.lines(session, row)
    leaves = destroyed.places(session, [line.leaf_id for line in found if line.leaf_id is not None])
    cases = [
        ActLineShown(
            case_file_id=line.case_file_id, index=line.case_file.case_index.index, year=line.case_file.case_index.year,
            volume=line.case_file.volume, state=line.state, until=line.until, letters=line.letters, sheets=line.sheets,
            reason=line.reason, sha256=line.sha256.hex() if line.sha256 else None, leaf=leaves.get(line.leaf_id or 0),
        )
        for line in found
    ]  # fmt: skip
    return ActShown.of(row, cases=cases, approved_by_ids=[a.official_id for a in destroyed.approvals(session, row)])
