"""The expert commission over an act of destruction: two approve, any takes a case out, or the whole is withdrawn.

Whoever proposed does not approve, and nobody approves twice, in her own name or another's. With the second approval the
act is registered as a document under its number, and the cooling-off begins; until the erasing begins each case can
still be taken out.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event
from edms.registry import registers, registration
from edms.registry.card import Card, clean
from edms.registry.models import Document
from edms.registry.words import Channel, DocumentType, RegisterKind
from edms.retention.act_models import ActState, DisposalAct, DisposalApproval, DisposalLine, LineState
from edms.retention.acts import LONGEST, cooling_days, lines, note
from edms.retention.dating import keep_longer, locked
from edms.retention.models import KeepingState
from edms.staff.models import Organisation

APPROVALS = 2
BOOKS = (RegisterKind.ACTS, RegisterKind.INTERNAL)
"""Registers that an act may stand in, the first there is."""
RUNNING = (ActState.PROPOSED, ActState.APPROVED)


def approve(session: Session, actor: Actor, act: DisposalAct, *, cases: int) -> None:
    """Approve an act as a member of the expert commission; with the second approval it is registered and cools off.

    `cases` is how many she saw on it. Errors: Conflict when the list is another by now; RuleBroken for the one who
    proposed it, for a second approval of the same person, and without a register to stand in.
    """
    require(actor, Permission.DISPOSAL_APPROVE, act)
    lock(session, act)
    if act.state is not ActState.PROPOSED:
        raise RuleBroken(f"retention.act_is.{act.state}")
    if act.proposed_by_id in actor.people:
        raise RuleBroken("retention.approve_own")
    earlier = set(
        session.scalars(
            select(DisposalApproval.official_id).where(DisposalApproval.disposal_act_id == act.disposal_act_id)
        )
    )
    if earlier & actor.people:
        raise RuleBroken("retention.approved_already")
    listed = lines(session, act, LineState.LISTED)
    if not listed or len(listed) != cases:
        raise Conflict("retention.cases_changed", fields={"cases": "retention.cases_changed"}, n=len(listed))
    session.add(DisposalApproval(disposal_act_id=act.disposal_act_id, official_id=actor.official_id, at=clock.now()))
    facts: dict[str, object] = {"approvals": len(earlier) + 1, "cases": cases}
    if len(earlier) + 1 < APPROVALS:
        note(session, actor, Event.DISPOSAL_APPROVED, act, facts)
        return
    organisation = session.get_one(Organisation, act.organisation_id)
    act.state, act.approved_at = ActState.APPROVED, clock.now()
    act.erase_from = clock.today(organisation.time_zone) + timedelta(days=cooling_days(session, organisation) + 1)
    document = _registered(session, organisation, act, cases)
    act.document_id = document.document_id
    session.flush()
    facts |= {"number": document.number, "erase_from": act.erase_from.isoformat()}
    note(session, actor, Event.DISPOSAL_APPROVED, act, facts)


def take_out(
    session: Session, actor: Actor, act: DisposalAct, case_file_id: int, *, reason: str, until: date | None = None
) -> None:
    """Take a case out of an act, with the reason; it is kept, with `until` longer than its class says.

    The approvals that were given stand: less is destroyed than was approved. An act without cases is withdrawn. Errors:
    NotFound, RuleBroken once it is being erased, Invalid (fields).
    """
    require(actor, Permission.DISPOSAL_STOP, act)
    lock(session, act)
    if act.state not in RUNNING:
        raise RuleBroken(f"retention.act_is.{act.state}")
    listed = {line.case_file_id: line for line in lines(session, act, LineState.LISTED)}
    if case_file_id not in listed:
        raise NotFound
    reason = _reason(reason)
    line, row = listed[case_file_id], locked(session, case_file_id)
    if until is not None:
        keep_longer(session, actor, row, until=until, reason=reason)
    row.state = KeepingState.KEPT
    _decided(line, LineState.TAKEN_OUT, actor, reason)
    facts = {"case_file": case_file_id, "reason": reason, "until": until.isoformat() if until else None}
    note(session, actor, Event.DISPOSAL_CASE_KEPT, act, facts)
    if len(listed) > 1:
        return
    if lines(session, act, LineState.ERASED):
        act.state = ActState.ERASING  # nothing is left to decide: it ends as what it did
    else:
        _end(session, actor, act, reason)


def withdraw(session: Session, actor: Actor, act: DisposalAct, *, reason: str) -> None:
    """Withdraw an act before anything was erased; its cases are kept as before. Errors: RuleBroken, Invalid."""
    require(actor, Permission.DISPOSAL_STOP, act)
    lock(session, act)
    if act.state not in RUNNING:
        raise RuleBroken(f"retention.act_is.{act.state}")
    if lines(session, act, LineState.ERASED):  # it cools off anew after a restore
        raise RuleBroken(f"retention.act_is.{ActState.ERASING}")
    reason = _reason(reason)
    for line in lines(session, act, LineState.LISTED):
        locked(session, line.case_file_id).state = KeepingState.KEPT
        _decided(line, LineState.TAKEN_OUT, actor, reason)
    _end(session, actor, act, reason)


def _registered(session: Session, organisation: Organisation, act: DisposalAct, cases: int) -> Document:
    machine, speaks = Actor.system(organisation.organisation_id), organisation.language
    today = clock.today(organisation.time_zone)
    books = registers.registers(session, machine, kinds=BOOKS)
    open_books = [book for kind in BOOKS for book in books if book.kind is kind and registers.is_open(book, today)]
    if not open_books:
        raise RuleBroken("retention.no_register")
    card = Card(
        summary=words.say(speaks, "retention.act_summary", n=cases),
        channel=Channel.INTERNAL,
        document_type=DocumentType.ACT.value,
        language=speaks,
    )
    return registration.register(
        session, machine, open_books[0], card, idempotency_key=f"disposal-act-{act.disposal_act_id}"
    )


def _reason(reason: str) -> str:
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    if len(reason) > LONGEST:
        raise Invalid(fields={"reason": "field.too_long"})
    return reason


def _decided(line: DisposalLine, state: LineState, actor: Actor, reason: str | None) -> None:
    line.state, line.reason = state, reason
    line.decided_at, line.decided_by_id = clock.now(), actor.official_id


def _end(session: Session, actor: Actor, act: DisposalAct, reason: str) -> None:
    act.state, act.ended_at, act.end_reason = ActState.WITHDRAWN, clock.now(), reason
    session.flush()
    note(session, actor, Event.DISPOSAL_WITHDRAWN, act, {"reason": reason})
