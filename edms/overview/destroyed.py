"""An act of destruction as its page and its papers tell it: cases with their fate, names, hashes, places in the ledger."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.drafting.pages import office_of
from edms.drafting.paper.disposal import Disposal, DisposalCase, GoneLetter
from edms.ledger.models import LedgerPosition
from edms.registry.models import Document
from edms.retention.act_models import DisposalAct, DisposalApproval, DisposalLine, LineState, Stub
from edms.retention.acts import lines, number_of
from edms.staff.models import Official, Organisation


def paper_of(session: Session, disposal_act_id: int, now: datetime) -> Disposal:
    """What is printed of an act, in the organisation's language; the caller has seen that it may be known."""
    act = session.get_one(DisposalAct, disposal_act_id)
    organisation = session.get_one(Organisation, act.organisation_id)
    speaks, zone = organisation.language, organisation.time_zone
    number, day = number_of(session, act)
    cases = [line for line in lines(session, act) if line.state is not LineState.TAKEN_OUT]
    gone = _gone(session, [line.disposal_line_id for line in cases])
    leaves = places(session, [line.leaf_id for line in cases if line.leaf_id is not None])
    return Disposal(
        office=office_of(organisation, speaks),
        language=speaks,
        organisation_id=act.organisation_id,
        number=number,
        day=day,
        ground=act.ground,
        authority=act.authority or "",
        proposed_by=_name(session, act.proposed_by_id, speaks),
        proposed_on=clock.day_of(act.proposed_at, zone),
        approvals=[
            (_name(session, each.official_id, speaks), clock.day_of(each.at, zone)) for each in approvals(session, act)
        ],
        cases=[
            _case(n, line, speaks, leaves.get(line.leaf_id or 0), gone.get(line.disposal_line_id, []))
            for n, line in enumerate(cases, start=1)
        ],
        erase_from=act.erase_from,
        ended=_instant(act.ended_at, speaks, zone),
        made_at=now,
        made_on=clock.day_of(now, zone),
    )


def approvals(session: Session, act: DisposalAct) -> list[DisposalApproval]:
    """Who approved, in the order in which they did."""
    found = select(DisposalApproval).where(DisposalApproval.disposal_act_id == act.disposal_act_id)
    return list(session.scalars(found.order_by(DisposalApproval.at)))


def places(session: Session, leaf_ids: Collection[int]) -> dict[int, int]:
    """The places of leaves in the ledger, those that have theirs."""
    found = select(LedgerPosition.leaf_id, LedgerPosition.position).where(LedgerPosition.leaf_id.in_(leaf_ids))
    return dict(session.execute(found).all())


def fate(line: DisposalLine, speaks: str) -> str:
    """What became of a case, in words; empty while it is only listed."""
    if line.state is LineState.LISTED:
        return ""
    reason = line.reason or ""
    why = words.say(speaks, reason) if line.state is LineState.STOPPED else reason
    return words.say(speaks, f"retention.line_state.{line.state}") + (f": {why}" if why else "")


def _case(n: int, line: DisposalLine, speaks: str, leaf: int | None, gone: list[GoneLetter]) -> DisposalCase:
    index = line.case_file.case_index
    return DisposalCase(
        place=n,
        index=index.index,
        title=index.title(speaks),
        year=index.year,
        volume=line.case_file.volume,
        kind=words.say(speaks, f"retention.class.{index.retention_class}"),
        article=index.article or "",
        until=line.until,
        letters=line.letters,
        sheets=line.sheets,
        fate=fate(line, speaks),
        erased=line.state is LineState.ERASED,
        sha256=line.sha256.hex() if line.sha256 else "",
        leaf=leaf,
        gone=gone,
    )


def _gone(session: Session, line_ids: Collection[int]) -> dict[int, list[GoneLetter]]:
    found = (
        select(Stub, Document.number, Document.registered_on)
        .join(Document, Document.document_id == Stub.document_id)
        .where(Stub.disposal_line_id.in_(line_ids))
        .order_by(Stub.disposal_line_id, Stub.position)
    )
    rows = session.execute(found).all()
    leaves = places(session, [stub.leaf_id for stub, _, _ in rows if stub.leaf_id is not None])
    made: dict[int, list[GoneLetter]] = {}
    for stub, number, day in rows:
        hashes = [each["sha256"] for each in stub.hashes]
        made.setdefault(stub.disposal_line_id, []).append(
            GoneLetter(number, day, hashes, leaves.get(stub.leaf_id or 0))
        )
    return made


def _instant(at: datetime | None, speaks: str, zone: str) -> str:
    if at is None:
        return ""
    return f"{words.date(speaks, clock.day_of(at, zone))} {words.clock_time(at, zone)}"


def _name(session: Session, official_id: int | None, speaks: str) -> str:
    official = session.get(Official, official_id) if official_id is not None else None
    return f"{official.name(speaks)}, {official.post(speaks)}" if official is not None else ""
