"""Keeping: dates of case files, the schedule, holds. A hold is lifted by a person who gives her password: no program does."""

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
from edms.registry import documents
from edms.retention import confirming, dating, holds
from edms.retention.keeping import KeepUntil, explain
from edms.retention.models import CaseKeeping, Hold, KeepingState
from edms.retention.schedule import Action
from edms.staff.models import Organisation
from edms.staff.organisations import organisation_of
from edms.web.api.layer import Match, change, create, read
from edms.web.api.paging import page, place
from edms.web.api.shapes import Asked, Id, IsoDay, Line, Page, Paged, Text, Thing, shown
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
