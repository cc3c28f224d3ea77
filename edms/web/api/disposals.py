"""What is due for destruction, and the acts. An act is approved by people who give their passwords: no program does it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.overview import destroyed
from edms.retention import acts, approving, due, proposing
from edms.retention.act_models import ActState, DisposalAct, LineState
from edms.retention.due import DueLine, Obstacle
from edms.retention.models import KeepingState
from edms.staff.organisations import organisation_of
from edms.web.api.filing import YearWanted
from edms.web.api.layer import Match, change, create, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Page, Paged, Reason, Shown, Text, Thing


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
