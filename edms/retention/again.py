"""After a restore: what acts destroyed since the backup is destroyed once more, before the house serves.

Only the letters that the list names go, and only where number and day are what they were: whatever else lies in the case
file stays. A hold of the restored database stands before this as before everything: such a case is named, and a person
decides. Acts that had not destroyed yet cool off anew, for the holds and refusals since the backup are lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.db.locking import lock
from edms.events import Event
from edms.filing.models import CaseFile
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.retention import holds
from edms.retention.act_models import ActState, DisposalAct, DisposalLine, LineState
from edms.retention.acts import cooling_days, lines, note, number_of
from edms.retention.erasing import destroy, locked_case
from edms.retention.gone import GoneCase
from edms.retention.models import CaseKeeping
from edms.staff.models import Organisation


class Fate(StrEnum):
    """What became of a case of the list in the restored database."""

    NOT_BACK = "not_back"  # none of its letters is there, or all are stubs
    DESTROYED = "destroyed"
    HELD = "held"
    UNLIKE = "unlike"  # open, or in another place than it was destroyed in: a person must look


def destroy_again(session: Session, case: GoneCase) -> Fate:
    """Destroy the letters of a case of the list once more, as far as they are back. Doing it again changes nothing."""
    office = session.scalar(select(Organisation).where(Organisation.code == case.organisation))
    if office is None:
        return Fate.NOT_BACK
    back = _back(session, office, case)
    if not back:
        return Fate.NOT_BACK
    case_file = session.get(CaseFile, case.case_file_id)
    if case_file is None or session.get(CaseKeeping, case.case_file_id) is None or not _is(case_file, office, case):
        return Fate.UNLIKE
    row, inside = locked_case(session, case.case_file_id)
    back = _back(session, office, case)  # as they are under lock
    if any(letter.state is not DocumentState.FILED for letter in back):
        return Fate.UNLIKE
    if holds.over_case_file(session, case_file) or any(holds.on_document(session, letter) for letter in back):
        return Fate.HELD
    act = _act(session, office, case)
    line = _line(session, act, case)
    line.decided_at = clock.now()
    going = {letter.document_id for letter in back}
    whole = all(each.document_id in going or each.state is DocumentState.DESTROYED for each in inside)
    destroy(session, act, line, row, back, whole=whole)
    return Fate.DESTROYED


def cool_anew(session: Session) -> list[tuple[str, date]]:
    """Let approved acts that still have something to destroy wait anew, from today; numbers and days of them."""
    cooled = []
    for act in _running(session):
        lock(session, act)
        if not lines(session, act, LineState.LISTED):
            act.state, act.begun_at = ActState.ERASING, act.begun_at or clock.now()
            continue
        office = session.get_one(Organisation, act.organisation_id)
        day = clock.today(office.time_zone) + timedelta(days=cooling_days(session, office) + 1)
        day, number = max(day, act.erase_from or day), number_of(session, act)[0]
        cooled.append((number, day))
        if act.state is ActState.APPROVED and act.erase_from == day:
            continue  # it waits so long anyway
        act.state, act.begun_at, act.erase_from = ActState.APPROVED, None, day
        session.flush()
        machine = Actor.system(act.organisation_id)
        note(session, machine, Event.DISPOSAL_COOLS_ANEW, act, {"number": number, "erase_from": day.isoformat()})
    return cooled


def destroyed_since(session: Session, at: datetime) -> int:
    """How many case files were destroyed since."""
    found = select(func.count()).where(DisposalLine.state == LineState.ERASED, DisposalLine.decided_at >= at)
    return session.scalar(found) or 0


def running(session: Session) -> list[int]:
    """The acts that are being erased."""
    found = select(DisposalAct.disposal_act_id).where(DisposalAct.state == ActState.ERASING)
    return list(session.scalars(found.order_by(DisposalAct.disposal_act_id)))


def _running(session: Session) -> Sequence[DisposalAct]:
    found = select(DisposalAct).where(DisposalAct.state.in_((ActState.APPROVED, ActState.ERASING)))
    return session.scalars(found.order_by(DisposalAct.disposal_act_id)).all()


def _back(session: Session, office: Organisation, case: GoneCase) -> list[Document]:
    wanted = {(letter.document_id, letter.number, letter.registered_on) for letter in case.letters}
    found = (
        select(Document)
        .where(
            Document.organisation_id == office.organisation_id,
            Document.document_id.in_([letter.document_id for letter in case.letters]),
            Document.state != DocumentState.DESTROYED,
        )
        .order_by(Document.document_id)
        .execution_options(populate_existing=True)
    )
    return [each for each in session.scalars(found) if (each.document_id, each.number, each.registered_on) in wanted]


def _is(case_file: CaseFile, office: Organisation, case: GoneCase) -> bool:
    index = case_file.case_index
    here = (case_file.organisation_id, index.index, index.year, case_file.volume)
    return here == (office.organisation_id, case.index, case.year, case.volume)


def _act(session: Session, office: Organisation, case: GoneCase) -> DisposalAct:
    """The act in this database; one that the restore lost is entered as the list tells of it."""
    own = select(DisposalAct).where(DisposalAct.organisation_id == office.organisation_id)
    registered = own.join(Document, Document.document_id == DisposalAct.document_id)
    act = session.scalar(registered.where(Document.number == case.act, Document.registered_on == case.act_on))
    act = act or session.scalar(own.where(DisposalAct.lost_number == case.act, DisposalAct.lost_on == case.act_on))
    if act is None:
        act = DisposalAct(
            organisation_id=office.organisation_id,
            state=ActState.ERASING,
            ground=case.ground,
            authority=case.authority,
            proposed_at=case.approved_at,
            approved_at=case.approved_at,
            begun_at=case.destroyed_at,
            lost_number=case.act,
            lost_on=case.act_on,
        )
        session.add(act)
        session.flush()  # its lines carry its id
    elif act.state is ActState.DONE:  # by an older list
        act.state, act.ended_at = ActState.ERASING, None
    return act


def _line(session: Session, act: DisposalAct, case: GoneCase) -> DisposalLine:
    found = select(DisposalLine).where(
        DisposalLine.disposal_act_id == act.disposal_act_id, DisposalLine.case_file_id == case.case_file_id
    )
    line = session.scalar(found.with_for_update(of=DisposalLine))
    if line is None:
        places = [each.position for each in lines(session, act)]
        line = DisposalLine(
            disposal_act_id=act.disposal_act_id, case_file_id=case.case_file_id, position=max(places, default=0) + 1,
            state=LineState.LISTED, until=case.until, letters=len(case.letters), sheets=case.sheets,
        )  # fmt: skip
        session.add(line)
        session.flush()  # the stubs carry its id
    return line
