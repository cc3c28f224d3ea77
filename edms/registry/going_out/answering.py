"""What becomes of a letter in another organisation of this system comes back to the one that sent it, by itself."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import RuleBroken
from edms.events import Event, Subject, record
from edms.registry import dispatch
from edms.registry.models import Arrival, Dispatch, Document
from edms.registry.words import ArrivalState, DispatchState
from edms.staff.models import Organisation

KEY = "exchange"
SENT_BACK = (ArrivalState.RETURNED, ArrivalState.DEFECTIVE)


def answer_back(session: Session, arrival: Arrival, registered: Document) -> None:
    """They registered what we sent: their number and date come back onto our sending, and who waits for it is told."""
    if (sending := _ours(session, arrival)) is None:
        return
    ours = session.get_one(Document, sending.document_id)
    there = session.get_one(Organisation, registered.organisation_id)
    their_day = registered.registered_on.isoformat()
    sending.proof = f"{there.code} {registered.number} {their_day}"
    record(
        session,
        Actor.system(ours.organisation_id),
        Event.DISPATCH_REGISTERED_THERE,
        Subject("dispatch", sending.dispatch_id, document_id=ours.document_id),
        organisation_id=ours.organisation_id,
        detail={"number": ours.number, "their_number": registered.number, "their_date": their_day},
        facts={"number": ours.number, "their_number": registered.number, "their_date": their_day},
    )


def _ours(session: Session, arrival: Arrival) -> Dispatch | None:
    """Our sending that lies in their tray as this arrival."""
    name, _, ident = (arrival.source_key or "").partition(":")
    if name != KEY or not ident.isdecimal():
        return None
    sending = session.get(Dispatch, int(ident), with_for_update=True)
    return sending if sending is not None and sending.document_id == arrival.origin_document_id else None


def came_from(session: Session, arrival: Arrival) -> tuple[Document, Organisation] | None:
    """The letter of another organisation of this system that lies in this tray, and who sent it."""
    if arrival.origin_document_id is None:
        return None
    letter = session.get_one(Document, arrival.origin_document_id)
    return letter, session.get_one(Organisation, letter.organisation_id)


def ended_there(session: Session, arrival: Arrival) -> None:
    """They sent it back, or it was defective: our question of service is open again, with their reason."""
    if arrival.state not in SENT_BACK or (sending := _ours(session, arrival)) is None:
        return
    if sending.state not in (DispatchState.SENT, DispatchState.SERVED):
        return
    there = session.get_one(Organisation, arrival.organisation_id)
    reason = ": ".join(filter(None, (there.name(there.language), arrival.end_reason)))
    dispatch.came_back(session, Actor.system(sending.organisation_id), sending, reason=reason)


def taken_back_there(session: Session, arrival: Arrival) -> None:
    """Their end was a mistake and the letter lies in their tray again: our sending is on its way as before.

    Errors: RuleBroken once our side went on: it was sent anew, or nothing more is tried.
    """
    if arrival.state not in SENT_BACK or (sending := _ours(session, arrival)) is None:
        return
    later = select(Dispatch.dispatch_id).where(
        Dispatch.document_id == sending.document_id,
        Dispatch.addressee_id.is_not_distinct_from(sending.addressee_id),
        Dispatch.dispatch_id > sending.dispatch_id,
    )
    if sending.state is not DispatchState.RETURNED or session.scalar(later.limit(1)) is not None:
        raise RuleBroken("endings.sender_went_on")
    dispatch.lies_there_again(session, Actor.system(sending.organisation_id), sending)
