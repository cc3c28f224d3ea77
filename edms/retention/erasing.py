"""Erasing what an approved act names, case by case: first the decision, committed; then the bytes.

The decision on a case is one transaction under the locks that holds take: it looks once more whether anything came
between, writes the stubs, erases the rows, and notes the keys of the bytes. These are erased afterwards, each key's note
with it. Whatever dies in between is found again by the next try: nothing is half, nothing is forgotten.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from edms import clock, ledger, words
from edms.access.actor import Actor
from edms.db.locking import lock
from edms.events import Event, Subject, record
from edms.filing.models import CaseFile, CaseFileEntry, CaseIndex
from edms.jobs import Kind, defer
from edms.registry import lifecycle
from edms.registry.models import Content, Document, DocumentContent
from edms.registry.words import DocumentState
from edms.retention import people, traces
from edms.retention.act_models import ActState, DisposalAct, DisposalLine, Leftover, LineState, Stub
from edms.retention.acts import lines, note, number_of, still_stands
from edms.retention.dating import locked
from edms.retention.models import CaseKeeping, KeepingState
from edms.staff.models import Organisation

LATE = timedelta(hours=1)


def begin_due(session: Session) -> int:
    """Begin the acts whose cooling-off is over, and send on those that stopped in the middle; how many run."""
    found = (
        select(DisposalAct, Organisation.time_zone)
        .join(Organisation, Organisation.organisation_id == DisposalAct.organisation_id)
        .where(DisposalAct.state.in_((ActState.APPROVED, ActState.ERASING)))
        .with_for_update(of=DisposalAct, skip_locked=True)
    )
    running = 0
    for act, zone in session.execute(found).all():
        if act.state is ActState.ERASING:
            defer(session, Kind.ERASE, act.disposal_act_id)
        elif act.erase_from is None or act.erase_from > clock.today(zone):
            continue
        else:
            act.state, act.begun_at = ActState.ERASING, clock.now()
            session.flush()
            note(session, Actor.system(act.organisation_id), Event.DISPOSAL_BEGUN, act, {})
        running += 1
    return running


def decide_next(session: Session, disposal_act_id: int) -> bool:
    """Decide on the next case of an act that is being erased: erase its rows, or stop it; False when none is left."""
    act = session.get(DisposalAct, disposal_act_id)
    if act is None or act.state is not ActState.ERASING:
        return False
    line = session.scalar(
        select(DisposalLine)
        .where(DisposalLine.disposal_act_id == disposal_act_id, DisposalLine.state == LineState.LISTED)
        .order_by(DisposalLine.position)
        .limit(1)
        .with_for_update(of=DisposalLine)
        .execution_options(populate_existing=True)
    )
    if line is None or line.state is not LineState.LISTED:
        return line is not None
    row, documents = locked_case(session, line.case_file_id)
    line.decided_at = clock.now()
    if stands := still_stands(session, row):
        line.state, line.reason, row.state = LineState.STOPPED, f"retention.obstacle.{stands}", KeepingState.KEPT
        session.flush()
        facts = {"case_file": line.case_file_id, "obstacle": stands.value}
        note(session, Actor.system(act.organisation_id), Event.DISPOSAL_CASE_KEPT, act, facts)
        return True
    destroy(session, act, line, row, documents)
    return True


def keys_left(session: Session, disposal_act_id: int | None, *, limit: int = 100) -> list[str]:
    """Keys of bytes that an act, or any (None), has still to erase, those not tried yet first."""
    found = select(Leftover.key)
    if disposal_act_id is not None:
        found = found.where(Leftover.disposal_act_id == disposal_act_id)
    return list(session.scalars(found.order_by(Leftover.tried_at.nulls_first(), Leftover.key).limit(limit)))


def left(session: Session) -> int:
    """How many files of all acts are still to be erased an hour after the decision, or were refused by the store."""
    late = or_(Leftover.trouble.is_not(None), DisposalAct.begun_at < clock.now() - LATE)
    found = select(func.count()).select_from(Leftover).join(DisposalAct).where(late)
    return session.scalar(found) or 0


def last_erased(session: Session) -> datetime | None:
    """When a letter was last erased by any act."""
    return session.scalar(select(func.max(Stub.erased_at)))


def bytes_gone(session: Session, key: str) -> None:
    """The bytes under this key are erased."""
    if (left := session.get(Leftover, key)) is not None:
        session.delete(left)


def bytes_stay(session: Session, key: str, trouble: str) -> None:
    """The bytes could not be erased: `trouble` is the message that says why."""
    if (left := session.get(Leftover, key)) is not None:
        left.trouble, left.tried_at = trouble, clock.now()


def end(session: Session, disposal_act_id: int) -> bool:
    """End an act of which every case is decided and every byte gone; False while something is left."""
    act = session.get(DisposalAct, disposal_act_id)
    if act is None:
        return True
    lock(session, act)
    left = session.scalar(select(func.count()).where(Leftover.disposal_act_id == disposal_act_id))
    if act.state is not ActState.ERASING or left or lines(session, act, LineState.LISTED):
        return act.state is ActState.DONE
    act.state, act.ended_at = ActState.DONE, clock.now()
    session.flush()
    erased = len(lines(session, act, LineState.ERASED))
    note(session, Actor.system(act.organisation_id), Event.DISPOSAL_DONE, act, {"erased": erased})
    return True


def locked_case(session: Session, case_file_id: int) -> tuple[CaseKeeping, list[Document]]:
    """The case under the locks that a hold takes: its index, itself, its date, its letters in their order."""
    fresh: dict[str, Any] = {"populate_existing": True}
    case_file = session.get_one(CaseFile, case_file_id)
    session.get_one(CaseIndex, case_file.case_index_id, with_for_update={"of": CaseIndex}, **fresh)
    session.get_one(CaseFile, case_file_id, with_for_update={"of": CaseFile}, **fresh)
    row = locked(session, case_file_id)
    inside = select(CaseFileEntry.document_id).where(CaseFileEntry.case_file_id == case_file_id)
    found = (
        select(Document)
        .where(Document.document_id.in_(inside))
        .order_by(Document.document_id)
        .with_for_update(of=Document)
        .execution_options(**fresh)
    )
    return row, list(session.scalars(found))


def destroy(
    session: Session, act: DisposalAct, line: DisposalLine, row: CaseKeeping, documents: list[Document], *, whole: bool = True
) -> None:  # fmt: skip
    """Erase the rows of these letters by a line of an act, under the locks of `locked_case`; note the keys of their
    bytes. `whole`: they are all that lies in the case file, which is destroyed with them."""
    machine = Actor.system(act.organisation_id)
    speaks = session.get_one(Organisation, act.organisation_id).language
    number, day = number_of(session, act)
    index, volume = row.case_file.case_index.index, row.case_file.volume
    says = words.say(speaks, "retention.stub_summary", number=number, date=words.date(speaks, day) if day else "")
    ids = [document.document_id for document in documents]
    hashes, places = _hashes(session, ids), _places(session, line.case_file_id)
    came = traces.arrivals_of(session, ids)
    drafts = traces.drafts_of(session, ids)
    contents = traces.contents_of(session, ids, drafts)
    named = people.named(session, ids, drafts)
    for key in traces.keys_of(session, contents):
        session.add(Leftover(key=key, disposal_act_id=act.disposal_act_id))
    traces.erase(session, ids, drafts, contents)
    digest = hashlib.sha256()
    for document in sorted(documents, key=lambda each: places.get(each.document_id, 0)):
        here = document.document_id
        lifecycle.step(document, DocumentState.DESTROYED)
        document.summary = says
        session.flush()
        arrivals = [arrival for letter, arrival in came if letter == here]
        ledger.erase(
            session, document_id=here, arrival_ids=arrivals, organisation_id=act.organisation_id, at=clock.now()
        )
        for each in hashes.get(here, []):
            digest.update(bytes.fromhex(each["sha256"]))
        said = [each["sha256"] for each in hashes.get(here, [])]
        stub = Stub(
            document_id=here, disposal_line_id=line.disposal_line_id, position=places.get(here, 0),
            hashes=hashes.get(here, []), erased_at=clock.now(),
        )  # fmt: skip
        session.add(stub)
        traces.forget(session, [here], arrivals, [])  # before its destruction is written
        facts = {"number": document.number, "act": number, "case": index, "volume": volume, "sha256": said}
        made = record(
            session, machine, Event.DOCUMENT_DESTROYED, Subject("document", here, document_id=here),
            organisation_id=act.organisation_id, detail=facts, facts=facts,
        )  # fmt: skip
        stub.leaf_id = made.leaf_id
    traces.forget(session, drafts=drafts)
    people.erase_idle(session, act.organisation_id, named)
    line.state, line.sha256 = LineState.ERASED, digest.digest()
    if whole:
        row.state = KeepingState.DESTROYED
    session.flush()
    facts = {"act": number, "letters": len(documents), "sheets": line.sheets, "sha256": digest.hexdigest()}
    line.leaf_id = record(
        session, machine, Event.CASE_FILE_DESTROYED, Subject("case_file", line.case_file_id),
        organisation_id=act.organisation_id, detail=facts, facts=facts,
    ).leaf_id  # fmt: skip


def _hashes(session: Session, documents: list[int]) -> dict[int, list[dict[str, Any]]]:
    found = (
        select(DocumentContent.document_id, DocumentContent.role, Content.sha256, Content.size)
        .join(Content, Content.content_id == DocumentContent.content_id)
        .where(DocumentContent.document_id.in_(documents))
        .order_by(DocumentContent.document_id, DocumentContent.position)
    )
    made: dict[int, list[dict[str, Any]]] = {}
    for document_id, role, sha256, size in session.execute(found):
        made.setdefault(document_id, []).append({"role": role.value, "sha256": sha256.hex(), "size": size})
    return made


def _places(session: Session, case_file_id: int) -> dict[int, int]:
    found = select(CaseFileEntry.document_id, CaseFileEntry.position).where(CaseFileEntry.case_file_id == case_file_id)
    return dict(session.execute(found).all())
