"""Sending: one line per addressee and channel, with its proof, its date of service, and what came back.

Asking posts a job that waits the ten seconds of Undo. By hand and by post a registrar says that it left; e-mail and
the exchange between organisations of this system are sent by the worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import lifecycle
from edms.registry.card import clean
from edms.registry.going_out.models import Addressee
from edms.registry.models import Correspondent, Dispatch, Document
from edms.registry.words import Channel, DispatchState, DocumentState

UNDO = timedelta(seconds=10)
BY_WORKER = (Channel.EMAIL, Channel.EXCHANGE)
CHANNELS = (
    Channel.POST, Channel.COUNTER, Channel.COURIER, Channel.EMAIL, Channel.EXCHANGE, Channel.PUBLICATION,
)  # fmt: skip
NEED_ADDRESS = (Channel.POST, Channel.EMAIL, Channel.COURIER, Channel.PUBLICATION)


def ask(
    session: Session, actor: Actor, document: Document, *, channel: Channel, correspondent: Correspondent | None,
    address: str | None = None, addressee_id: int | None = None,
) -> Dispatch:  # fmt: skip
    """Put a signed letter on its way to one addressee: that of the card, or a further one of its own.

    Errors: RuleBroken if it is not signed; Invalid if the channel has no address; NotFound for another's addressee.
    """
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    if document.state not in (DocumentState.SIGNED, DocumentState.DISPATCHED):
        raise RuleBroken("registry.dispatch_needs_signature", number=document.number)
    if addressee_id is not None:
        to = session.get(Addressee, addressee_id)
        if to is None or to.document_id != document.document_id:
            raise NotFound
    address = _address(channel, correspondent, clean(address))
    if channel not in CHANNELS:
        raise Invalid(fields={"channel": "registry.channel_cannot_send"})
    if channel is Channel.EXCHANGE and (correspondent is None or correspondent.own_organisation_id is None):
        raise Invalid(fields={"channel": "registry.exchange_needs_organisation"})
    if channel in NEED_ADDRESS and not address:
        raise Invalid(fields={"address": "registry.address_missing"})
    if channel is Channel.EMAIL and "@" not in (address or ""):
        raise Invalid(fields={"address": "registry.email_impossible"})
    now = clock.now()
    sending = Dispatch(
        document_id=document.document_id,
        organisation_id=document.organisation_id,
        channel=channel,
        state=DispatchState.WAITING,
        correspondent_id=correspondent.correspondent_id if correspondent else None,
        addressee_id=addressee_id,
        address=address,
        asked_at=now,
        asked_by_id=actor.official_id,
        not_before=now + UNDO,
    )
    session.add(sending)
    session.flush()  # the job carries its id
    _record(session, actor, Event.DISPATCH_ASKED, sending, document, not_before=sending.not_before)
    return sending


def take_back(session: Session, actor: Actor, sending: Dispatch) -> None:
    """Undo, before it left. Errors: Conflict once it is too late."""
    document = session.get_one(Document, sending.document_id)
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    lock(session, sending)
    if sending.state is not DispatchState.WAITING:
        raise Conflict("registry.dispatch_gone", number=document.number)
    sending.state = DispatchState.TAKEN_BACK
    _record(session, actor, Event.DISPATCH_TAKEN_BACK, sending, document)


def sent(
    session: Session, actor: Actor, sending: Dispatch, *, proof: str | None = None, served_on: date | None = None,
    proof_content_id: int | None = None,
) -> None:  # fmt: skip
    """It left: with its proof, and the day of service where that is known at once (hand-over, exchange).

    A letter that lies in its case file meanwhile, answered by another of its sendings, stays there.
    """
    document = _waiting_document(session, actor, sending)
    sending.state = DispatchState.SERVED if served_on else DispatchState.SENT
    sending.sent_at = clock.now()
    sending.served_on = served_on
    sending.proof = clean(proof)
    sending.proof_content_id = proof_content_id
    sending.trouble = None
    if lifecycle.may_step(document, DocumentState.DISPATCHED):
        lifecycle.step(document, DocumentState.DISPATCHED)
    _record(session, actor, Event.DISPATCH_SENT, sending, document)


def served(
    session: Session, actor: Actor, sending: Dispatch, *, on: date, proof: str | None = None,
    proof_content_id: int | None = None,
) -> None:  # fmt: skip
    """The addressee has it since this day: the term of appeal runs from here (GAC art. 54-58)."""
    document = session.get_one(Document, sending.document_id)
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    if sending.state not in (DispatchState.SENT, DispatchState.SERVED):
        raise RuleBroken("registry.dispatch_not_sent", number=document.number)
    if sending.sent_at is not None and on < clock.day_of(sending.sent_at, actor.time_zone):
        raise Invalid(fields={"served_on": "registry.served_before_sent"})
    if on > clock.today(actor.time_zone):
        raise Invalid(fields={"served_on": "registry.date_in_future"})
    sending.state, sending.served_on = DispatchState.SERVED, on
    sending.proof = clean(proof) or sending.proof
    sending.proof_content_id = proof_content_id or sending.proof_content_id
    _record(session, actor, Event.DISPATCH_SERVED, sending, document)


def came_back(session: Session, actor: Actor, sending: Dispatch, *, reason: str) -> None:
    """It came back: the question of service is open again."""
    document = session.get_one(Document, sending.document_id)
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    if sending.state not in (DispatchState.SENT, DispatchState.SERVED):
        raise RuleBroken("registry.dispatch_not_sent", number=document.number)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    sending.state, sending.trouble, sending.served_on = DispatchState.RETURNED, reason, None
    _record(session, actor, Event.DISPATCH_RETURNED, sending, document)


def lies_there_again(session: Session, actor: Actor, sending: Dispatch) -> None:
    """It was sent back by mistake and lies with its addressee again: on its way as before."""
    document = session.get_one(Document, sending.document_id)
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    sending.state, sending.trouble = DispatchState.SENT, None
    _record(session, actor, Event.DISPATCH_SENT, sending, document)


def leave_at_that(session: Session, actor: Actor, sending: Dispatch, *, reason: str) -> None:
    """It came back or could not be sent, and nothing more is tried: the question of service is closed with a reason."""
    document = session.get_one(Document, sending.document_id)
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    lock(session, sending)
    if sending.state not in (DispatchState.RETURNED, DispatchState.FAILED):
        raise RuleBroken("outgoing.nothing_came_back", number=document.number)
    if not (reason := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    sending.state, sending.trouble = DispatchState.GIVEN_UP, reason
    _record(session, actor, Event.DISPATCH_GIVEN_UP, sending, document)


def failed(session: Session, actor: Actor, sending: Dispatch, *, trouble: str) -> None:
    """The worker could not send it; `trouble` is a message id. It can be asked for again."""
    document = _waiting_document(session, actor, sending)
    sending.state, sending.trouble = DispatchState.FAILED, trouble
    _record(session, actor, Event.DISPATCH_FAILED, sending, document)


def dispatch_of(session: Session, actor: Actor, dispatch_id: int) -> Dispatch:
    """One sending of a document within the actor's scope. Errors: NotFound."""
    found = (
        select(Dispatch)
        .join(Document, Document.document_id == Dispatch.document_id)
        .where(Dispatch.dispatch_id == dispatch_id, visible(actor, Document.readers))
    )
    sending = session.scalar(found)
    if sending is None:
        raise NotFound
    return sending


def sendings(session: Session, document: Document) -> list[Dispatch]:
    """Every sending of a document the caller may see, in order."""
    found = select(Dispatch).where(Dispatch.document_id == document.document_id)
    return list(session.scalars(found.order_by(Dispatch.dispatch_id)))


def to_send(
    session: Session, actor: Actor, *, channels: Sequence[Channel] = (), after: int = 0, limit: int = 100
) -> list[tuple[Dispatch, Document]]:
    """What waits to leave by hand, in order of asking: the post list."""
    found = (
        select(Dispatch, Document)
        .join(Document, Document.document_id == Dispatch.document_id)
        .where(
            own_organisation(actor, Dispatch.organisation_id),
            visible(actor, Document.readers),
            Dispatch.state == DispatchState.WAITING,
            Dispatch.dispatch_id > after,
        )
        .order_by(Dispatch.dispatch_id)
        .limit(limit)
    )
    if channels:
        found = found.where(Dispatch.channel.in_(channels))
    return [(sending, document) for sending, document in session.execute(found)]


def known(session: Session, correspondent_id: int | None) -> Correspondent | None:
    """The correspondent's card, if the addressee has one."""
    return session.get(Correspondent, correspondent_id) if correspondent_id is not None else None


def _address(channel: Channel, correspondent: Correspondent | None, given: str | None) -> str | None:
    """As given, else the correspondent's own. A postal address is none for e-mail."""
    own = None
    if correspondent is not None:
        own = correspondent.email if channel is Channel.EMAIL else correspondent.address
    if channel is Channel.EMAIL and own and "@" not in (given or ""):
        return own
    return given or own


def _waiting_document(session: Session, actor: Actor, sending: Dispatch) -> Document:
    document = session.get_one(Document, sending.document_id)
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    lock(session, sending)
    if sending.state is not DispatchState.WAITING:
        raise Conflict("registry.dispatch_gone", number=document.number)
    return document


def _record(
    session: Session, actor: Actor, event: Event, sending: Dispatch, document: Document, **more: object
) -> None:
    facts = {
        "number": document.number,
        "channel": sending.channel.value,
        "state": sending.state.value,
        "sent_at": sending.sent_at.isoformat() if sending.sent_at else None,
        "served_on": sending.served_on.isoformat() if sending.served_on else None,
        "proof": sending.proof,
    }
    record(
        session,
        actor,
        event,
        Subject("dispatch", sending.dispatch_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={**facts, "trouble": sending.trouble},
        facts=facts,
        **more,  # type: ignore[arg-type]
    )
