"""Acts on a sending: asked for, served with its proof, come back, left at that."""

from __future__ import annotations

from flask import request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, NotFound, RuleBroken
from edms.registry import contents, dispatch
from edms.registry.going_out import neighbours, service
from edms.registry.models import Dispatch, Document
from edms.registry.words import Channel, ContentRole, DispatchState
from edms.web.desk import uploaded
from edms.web.desk.addressing import offices
from edms.web.desk.deeds import Deed, Done, Field, Shown
from edms.web.kit import Filled, language, read, t, zone
from edms.web.kit.forms import Day, OneLine

OUT = (DispatchState.SENT, DispatchState.SERVED)


class Proving(BaseModel):
    """When it was served, and by which proof."""

    served_on: Day | None = None
    proof: OneLine | None = None


class Sending(BaseModel):
    """By which way, to which address, or to which organisation of this system."""

    channel: Channel
    address: OneLine | None = None
    office: int | None = None


def _own(session: Session, who: Actor, document: Document, thing: int) -> Dispatch:
    sending = dispatch.dispatch_of(session, who, thing)
    if sending.document_id != document.document_id:
        raise NotFound
    require(who, Permission.DOCUMENT_DISPATCH, document)
    return sending


def _sending(session: Session, who: Actor, document: Document, thing: int) -> Dispatch:
    sending = _own(session, who, document, thing)
    if sending.state not in OUT:
        raise RuleBroken("registry.dispatch_not_sent", number=document.number)
    return sending


def _said(sending: Dispatch) -> list[tuple[str, str]]:
    went = words.datetime(language(), sending.sent_at, zone()) if sending.sent_at else ""
    return [(t(f"registry.channel.{sending.channel.value}"), " · ".join(filter(None, (sending.address, went))))]


def _served_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    sending = _sending(session, who, document, thing)
    fields = [
        Field("day", "served_on", "letter.served_on"),
        Field("text", "proof", "letter.proof", required=False),
        Field("file", "file", "letter.proof_scan", required=False),
    ]
    return Shown(Filled.of(served_on=sending.served_on, proof=sending.proof), fields, _said(sending))


def _served(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Proving)
    if form.served_on is None:
        raise Invalid(fields={"served_on": "field.missing"})
    sending = _sending(session, who, document, thing)
    content = uploaded.content(session, who, document)
    if content is not None:
        contents.add_paper(session, who, document, content, role=ContentRole.PROOF, dated_on=form.served_on)
    dispatch.served(
        session, who, sending, on=form.served_on, proof=form.proof,
        proof_content_id=content.content_id if content is not None else None,
    )  # fmt: skip


def _came_back_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    sending = _sending(session, who, document, thing)
    return Shown(fields=[Field("text", "reason", "desk.reason")], told=_said(sending))


def _came_back(session: Session, who: Actor, document: Document, thing: int) -> None:
    dispatch.came_back(
        session, who, _sending(session, who, document, thing), reason=request.form.get("reason", "")
    )  # fmt: skip


def _to(session: Session, document: Document, thing: int) -> service.Line | None:
    """The addressee of the act: 0 is the one on the card. None: the card names nobody. Errors: NotFound."""
    found = service.lines(session, document)
    line = next((line for line in found if (line.to.addressee_id or 0) == thing), None)
    if line is None and thing:
        raise NotFound
    return line


def _send_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_DISPATCH, document)
    line = _to(session, document, thing)
    to = line.to if line is not None else None
    chosen = to.channel if to is not None else Channel.POST
    if line is not None and line.open_again and line.last is not None:
        chosen = line.last.channel
    there = dispatch.known(session, to.correspondent_id) if to is not None else None
    fields = [
        Field("chips", "channel", "outgoing.channel", [(c.value, t(f"registry.channel.{c.value}")) for c in dispatch.CHANNELS]),
        Field("text", "address", "card.address", required=False, hint="outgoing.address_hint"),
    ]  # fmt: skip
    if choices := offices(session, who):
        fields.append(Field("select", "office", "outgoing.office", [("", ""), *choices], False, "outgoing.office_hint"))
    told = [(t("drafting.addressee"), to.name)] if to is not None else []
    if line is not None and line.open_again and line.last is not None:
        told.append((t(f"registry.dispatch_state.{line.last.state.value}"), _reason(line.last)))
    own = there.own_organisation_id if there is not None else None
    address = to.address if to is not None else None
    return Shown(Filled.of(channel=chosen.value, address=address, office=own), fields, told)


def _reason(sending: Dispatch) -> str:
    text = sending.trouble or ""
    return t(text) if words.known(text) else text


def _send(session: Session, who: Actor, document: Document, thing: int) -> Done:
    form, line = read(Sending), _to(session, document, thing)
    to = line.to if line is not None else None
    correspondent = dispatch.known(session, to.correspondent_id) if to is not None else None
    if form.channel is Channel.EXCHANGE and form.office is not None:
        correspondent = neighbours.card_of(session, who, form.office, language())
    made = dispatch.ask(
        session, who, document, channel=form.channel, correspondent=correspondent, address=form.address,
        addressee_id=to.addressee_id if to is not None else None,
    )  # fmt: skip
    return Done(f"dispatch-{made.dispatch_id}")


def _left_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    sending = _own(session, who, document, thing)
    if sending.state not in service.OPEN_AGAIN:
        raise RuleBroken("outgoing.nothing_came_back", number=document.number)
    told = [*_said(sending), (t(f"registry.dispatch_state.{sending.state.value}"), _reason(sending))]
    return Shown(fields=[Field("text", "reason", "desk.reason", hint="outgoing.left_hint")], told=told)


def _left(session: Session, who: Actor, document: Document, thing: int) -> None:
    sending = _own(session, who, document, thing)
    dispatch.leave_at_that(session, who, sending, reason=request.form.get("reason", ""))


DEEDS = {
    "send": Deed("letter.dispatch", _send_shown, _send),
    "served": Deed("letter.served", _served_shown, _served, with_file=True),
    "came-back": Deed("letter.came_back", _came_back_shown, _came_back),
    "leave-at-that": Deed("outgoing.leave_at_that", _left_shown, _left),
}
