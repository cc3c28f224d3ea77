"""To whom a letter of ours goes: all under one number, each with a channel and an address of her own.

The first addressee stands on the card of draft and letter; the others are rows that follow the draft into the register.
A forgotten one is added later: the letter's bytes stay as they were signed, the card says since when she is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.registry.card import clean
from edms.registry.dispatch import CHANNELS
from edms.registry.going_out.models import Addressee
from edms.registry.models import Correspondent, Dispatch, Document
from edms.registry.words import Channel, DocumentState

MOST = 1_000
LONGEST = {"name": 300, "address": 500}


@dataclass(frozen=True)
class Named:
    """An addressee as she is entered. With a correspondent, name and address may be left to its card."""

    name: str | None = None
    address: str | None = None
    channel: Channel = Channel.POST
    correspondent_id: int | None = None
    copy: bool = False


@dataclass(frozen=True)
class To:
    """One addressee of a letter. `addressee_id` is None of the first, who stands on the card; `later`: added after it."""

    addressee_id: int | None
    name: str
    address: str | None
    channel: Channel
    correspondent_id: int | None
    copy: bool = False
    later: bool = False


def of_document(session: Session, document: Document) -> list[To]:
    """Every addressee of a letter of ours that the caller may see, the first first."""
    found = select(Addressee).where(Addressee.document_id == document.document_id)
    others = [shown(row) for row in session.scalars(found.order_by(Addressee.position, Addressee.addressee_id))]
    if not document.correspondent_name:
        return others
    channel = document.channel if document.channel in CHANNELS else Channel.POST
    first = To(None, document.correspondent_name, document.correspondent_address, channel, document.correspondent_id)
    return [first, *others]


def of_draft(session: Session, draft_ref: int) -> list[Addressee]:
    """The further addressees named in a draft, in their order."""
    found = select(Addressee).where(Addressee.draft_ref == draft_ref)
    return list(session.scalars(found.order_by(Addressee.position, Addressee.addressee_id)))


def name_of(session: Session, sending: Dispatch, document: Document) -> str:
    """To whom a sending goes: a further addressee, or the one on the card."""
    row = session.get(Addressee, sending.addressee_id) if sending.addressee_id is not None else None
    return row.name if row is not None else document.correspondent_name or ""


def put(
    session: Session, actor: Actor, named: Sequence[Named], *, organisation_id: int, draft_ref: int
) -> list[Addressee]:
    """Let these be the further addressees of a draft; drafting asks who may. Errors: Invalid, "<place>.<field>"."""
    if len(named) > MOST:
        raise Invalid(fields={"addressees": "outgoing.too_many_addressees"})
    rows: list[Addressee] = []
    wrong: dict[str, str] = {}
    for place, each in enumerate(named, start=1):
        try:
            rows.append(_row(session, actor, each, organisation_id=organisation_id, position=place))
        except Invalid as error:
            wrong |= {f"{place}.{name}": message for name, message in error.fields.items()}
    if wrong:
        raise Invalid(fields=wrong)
    session.execute(delete(Addressee).where(Addressee.draft_ref == draft_ref, Addressee.document_id.is_(None)))
    for row in rows:
        row.draft_ref = draft_ref
    session.add_all(rows)
    session.flush()  # their ids
    return rows


def add_later(session: Session, actor: Actor, document: Document, named: Named) -> Addressee:
    """Name a forgotten addressee of a signed letter; it goes to her under the same number.

    Errors: RuleBroken if it is not signed yet or came in; Invalid.
    """
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    if document.kind.comes_in or document.state not in (DocumentState.SIGNED, DocumentState.DISPATCHED):
        raise RuleBroken("registry.dispatch_needs_signature", number=document.number)
    last = session.scalar(select(func.max(Addressee.position)).where(Addressee.document_id == document.document_id))
    row = _row(session, actor, named, organisation_id=document.organisation_id, position=(last or 0) + 1)
    row.document_id = document.document_id
    session.add(row)
    session.flush()  # the event carries its id
    record(
        session,
        actor,
        Event.ADDRESSEE_ADDED,
        Subject("addressee", row.addressee_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"name": row.name, "channel": row.channel.value, "copy": row.copy},
        facts={"number": document.number, "channel": row.channel.value, "copy": row.copy},
    )
    return row


def follow(session: Session, draft_ref: int, document: Document) -> None:
    """The draft is a letter now: its further addressees are the letter's."""
    session.execute(update(Addressee).where(Addressee.draft_ref == draft_ref).values(document_id=document.document_id))


def _row(session: Session, actor: Actor, named: Named, *, organisation_id: int, position: int) -> Addressee:
    correspondent = session.get(Correspondent, named.correspondent_id) if named.correspondent_id else None
    wrong: dict[str, str] = {}
    if named.correspondent_id and (correspondent is None or correspondent.organisation_id != organisation_id):
        correspondent = None
        wrong["correspondent"] = "registry.correspondent_unknown"
    texts = {"name": clean(named.name), "address": clean(named.address)}
    wrong |= {name: "registry.text_too_long" for name, most in LONGEST.items() if len(texts[name] or "") > most}
    name = texts["name"] or (correspondent.name if correspondent else None)
    if not name:
        wrong["name"] = "drafting.addressee_missing"
    if named.channel not in CHANNELS:
        wrong["channel"] = "registry.channel_cannot_send"
    if named.channel is Channel.EXCHANGE and (correspondent is None or correspondent.own_organisation_id is None):
        wrong["channel"] = "registry.exchange_needs_organisation"
    address = texts["address"] or _address(named.channel, correspondent)
    if named.channel is Channel.EMAIL and "@" not in (address or ""):
        wrong["address"] = "registry.email_impossible"
    if wrong:
        raise Invalid(fields=wrong)
    return Addressee(
        organisation_id=organisation_id,
        position=position,
        correspondent_id=correspondent.correspondent_id if correspondent else None,
        name=name or "",
        address=address,
        channel=named.channel,
        copy=named.copy,
        added_at=clock.now(),
        added_by_id=actor.official_id,
    )


def _address(channel: Channel, correspondent: Correspondent | None) -> str | None:
    if correspondent is None:
        return None
    return correspondent.email if channel is Channel.EMAIL else correspondent.address


def shown(row: Addressee) -> To:
    """A further addressee as those who ask see her."""
    later = row.draft_ref is None
    return To(row.addressee_id, row.name, row.address, row.channel, row.correspondent_id, row.copy, later)
