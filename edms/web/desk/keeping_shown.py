"""How keeping stands on other pages: the holds over a letter or a case file, the act it is in, the stub that stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.filing.models import CaseFile, CaseIndex
from edms.overview.there import There
from edms.registry.documents import seen_of
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.retention import holds
from edms.retention.act_models import ActState, DisposalAct, DisposalLine, LineState, Stub
from edms.retention.acts import number_of
from edms.retention.confirming import class_of
from edms.retention.dating import WITH_CLOSING
from edms.retention.models import CaseKeeping, Hold, KeepingState
from edms.staff.models import Official, Organisation
from edms.web.kit import language, t


@dataclass(frozen=True)
class HoldLine:
    """A hold as a line: on what, why, who, until when; what became of it, and the way to lift it."""

    hold: Hold
    reason: str
    what: str
    href: str
    by: str
    until: str
    ended: str
    lift: str


def of_case(session: Session, who: Actor, case_file: CaseFile) -> dict[str, Any]:
    """What the page of a case file shows beside its date."""
    row = session.get(CaseKeeping, case_file.case_file_id)
    found = _act_of_case(session, case_file.case_file_id) if row is not None else None
    office = session.get_one(Organisation, case_file.organisation_id)
    gone = row is not None and row.state is KeepingState.DESTROYED
    stays = row is None or row.state not in (KeepingState.DESTROYED, KeepingState.TRANSFERRED)
    waits = row is not None and row.state is KeepingState.KEPT and _other_trigger(session, office, row)
    return {
        "holds": [hold_line(session, who, each) for each in holds.over_case_file(session, case_file)],
        "in_act": row is not None and row.state is KeepingState.IN_ACT,
        "destroyed": _number(session, found) if gone else "",
        "act": url_for("disposals.act", disposal_act_id=found.disposal_act_id)
        if found is not None and permits(who, Permission.KEEPING_READ, found)
        else "",
        "may_hold": stays and permits(who, Permission.HOLD_PLACE, case_file),
        "may_enter": waits and permits(who, Permission.TRIGGER_ENTER, case_file),
    }


def of_letter(session: Session, who: Actor, document: Document, there: There) -> dict[str, Any]:
    """What the page of a letter shows: holds over it, or the stub that it is."""
    if document.state is not DocumentState.DESTROYED:
        may = there.held or document.case_file_id is not None
        standing = holds.on_document(session, document) if may else []
        return {"holds": [hold_line(session, who, each) for each in standing], "stub": None}
    stub = session.get_one(Stub, document.document_id)
    line = session.get_one(DisposalLine, stub.disposal_line_id)
    act = session.get_one(DisposalAct, line.disposal_act_id)
    may = permits(who, Permission.KEEPING_READ, act)
    return {
        "holds": [],
        "stub": stub,
        "number": _number(session, act),
        "act": url_for("disposals.act", disposal_act_id=act.disposal_act_id) if may else "",
    }


def held_line(session: Session, who: Actor, held: holds.HeldThing) -> HoldLine:
    """A line of the list of holds."""
    return hold_line(session, who, held.hold)


def hold_line(session: Session, who: Actor, hold: Hold) -> HoldLine:
    """A hold in words; a letter that the reader may not see is not named."""
    what, href = _what(session, who, hold)
    if not what:
        return HoldLine(hold, t("retention.obstacle.held"), "", "", "", "", "", "")
    by = session.get(Official, hold.placed_by_id) if hold.placed_by_id is not None else None
    speaks = language()
    ended = ""
    if hold.lifted_at is not None:
        day = words.datetime(speaks, hold.lifted_at, who.time_zone)
        ended = (
            t("disposal.lifted", date=day, reason=hold.lift_reason)
            if hold.lift_reason
            else t("disposal.lifted_by_day", date=day)
        )
    until = t("disposal.held_until", date=words.date(speaks, hold.until)) if hold.until else t("disposal.held_open")
    lift = url_for("holding.lift", hold_id=hold.hold_id) if not ended and may_lift(who, hold) else ""
    placed = words.datetime(speaks, hold.placed_at, who.time_zone)
    name = by.name(speaks) if by is not None else ""
    said = t("disposal.held_by", name=name, date=placed, ground=hold.ground)
    return HoldLine(hold, t("disposal.held", reason=hold.reason), what, href, said, until, ended, lift)


def may_lift(who: Actor, hold: Hold) -> bool:
    """Is lifting it hers? Her password is asked on the next page."""
    return hold.placed_by_id not in who.people and permits(replace(who, stepped_up=True), Permission.HOLD_LIFT, hold)


def _what(session: Session, who: Actor, hold: Hold) -> tuple[str, str]:
    if hold.document_id is not None:
        document = seen_of(session, who, [hold.document_id]).get(hold.document_id)
        if document is None:
            return "", ""
        return t("disposal.of_letter", number=document.number), url_for("letter.page", document_id=hold.document_id)
    if hold.case_file_id is not None:
        case_file = session.get_one(CaseFile, hold.case_file_id)
        said = t("disposal.of_case", index=case_file.case_index.index, n=case_file.volume)
        return said, url_for("cases.volume", case_file_id=hold.case_file_id)
    index = session.get_one(CaseIndex, hold.case_index_id)
    said = t("disposal.of_index", index=index.index, year=index.year)
    return said, url_for("cases.page", year=index.year, q=index.index)


def _act_of_case(session: Session, case_file_id: int) -> DisposalAct | None:
    found = (
        select(DisposalAct)
        .join(DisposalLine, DisposalLine.disposal_act_id == DisposalAct.disposal_act_id)
        .where(
            DisposalLine.case_file_id == case_file_id,
            DisposalLine.state.in_((LineState.LISTED, LineState.ERASED)),
            DisposalAct.state != ActState.WITHDRAWN,
        )
    )
    return session.scalar(found.order_by(DisposalAct.disposal_act_id.desc()).limit(1))


def _number(session: Session, act: DisposalAct | None) -> str:
    return number_of(session, act)[0] if act is not None else ""


def _other_trigger(session: Session, office: Organisation, row: CaseKeeping) -> bool:
    return class_of(session, office, row.retention_class).trigger not in WITH_CLOSING
