"""When a letter counts as served, and what stands open again when it came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import own_organisation, visible
from edms.registry import dispatch
from edms.registry.going_out.addressees import To, of_document
from edms.registry.going_out.models import Addressee
from edms.registry.models import Dispatch, Document
from edms.registry.words import Channel, DispatchState, DocumentState
from edms.staff.models import Organisation

POSTED = timedelta(days=7)
"""What was posted counts as received on the seventh day after (GAC art. 58), unless it was not; the body proves."""
PRESUMING = ("GE",)
OPEN_AGAIN = (DispatchState.RETURNED, DispatchState.FAILED)


@dataclass(frozen=True)
class Line:
    """One addressee of a letter with all that was sent to her, the last sending last."""

    to: To
    sendings: list[Dispatch]

    @property
    def last(self) -> Dispatch | None:
        """The sending that counts."""
        return self.sendings[-1] if self.sendings else None

    @property
    def waits(self) -> bool:
        """Nothing was sent to her yet."""
        return self.last is None

    @property
    def open_again(self) -> bool:
        """What was sent came back or could not be sent: another address, another channel, or publication."""
        return self.last is not None and self.last.state in OPEN_AGAIN


def lines(session: Session, document: Document) -> list[Line]:
    """One line for each addressee of a letter that the caller may see."""
    made = [row for row in dispatch.sendings(session, document) if row.state is not DispatchState.TAKEN_BACK]
    known = of_document(session, document)
    found = [Line(to, [row for row in made if row.addressee_id == to.addressee_id]) for to in known]
    nameless = [row for row in made if row.addressee_id is None]
    if nameless and not any(line.to.addressee_id is None for line in found):  # a letter whose card names nobody
        row = nameless[-1]
        found.insert(0, Line(To(None, row.address or "", row.address, row.channel, row.correspondent_id), nameless))
    return found


def presumed_on(sending: Dispatch, organisation: Organisation) -> date | None:
    """The day on which a posted letter counts as served; None where the law presumes nothing or the day is proven."""
    if sending.channel is not Channel.POST or sending.state is not DispatchState.SENT or sending.sent_at is None:
        return None
    if organisation.country not in PRESUMING:
        return None
    return clock.day_of(sending.sent_at, organisation.time_zone) + POSTED


def send_all(session: Session, actor: Actor, document: Document) -> list[Dispatch]:
    """Put the letter on its way to every addressee who waits, each by her own channel. Errors: those of `dispatch.ask`."""
    made = []
    for line in lines(session, document):
        if line.waits:
            to = line.to
            made.append(
                dispatch.ask(
                    session, actor, document, channel=to.channel, address=to.address, addressee_id=to.addressee_id,
                    correspondent=dispatch.known(session, to.correspondent_id),
                )
            )  # fmt: skip
    return made


def to_dispatch(session: Session, actor: Actor, *, limit: int = 100) -> list[Document]:
    """Letters with an addressee to whom nothing was sent yet, in order of registration."""
    sent = select(Dispatch.dispatch_id).where(
        Dispatch.document_id == Document.document_id, Dispatch.state != DispatchState.TAKEN_BACK
    )
    of_card = (
        (Document.state == DocumentState.SIGNED)
        & Document.correspondent_name.is_not(None)
        & (Document.channel != Channel.INTERNAL)
        & ~exists(sent.where(Dispatch.addressee_id.is_(None)))
    )
    named = select(Addressee.document_id).where(
        Addressee.document_id.is_not(None),
        own_organisation(actor, Addressee.organisation_id),
        ~exists(
            select(Dispatch.dispatch_id).where(
                Dispatch.addressee_id == Addressee.addressee_id, Dispatch.state != DispatchState.TAKEN_BACK
            )
        ),
    )
    mine = own_organisation(actor, Document.organisation_id), visible(actor, Document.readers)
    first = select(Document.document_id).where(*mine, of_card).order_by(Document.document_id).limit(limit)
    others = select(Document.document_id).where(
        *mine,
        Document.document_id.in_(named),
        Document.state.in_((DocumentState.SIGNED, DocumentState.DISPATCHED)),
    )
    ids = {*session.scalars(first), *session.scalars(others.order_by(Document.document_id).limit(limit))}
    found = select(Document).where(Document.document_id.in_(ids)).order_by(Document.document_id).limit(limit)
    return list(session.scalars(found))


def open_again(
    session: Session, actor: Actor, *, of: Sequence[int] | None = None, limit: int = 50
) -> list[tuple[Dispatch, Document]]:
    """Sendings that came back or failed and after which nothing was tried, the oldest first; `of`: these letters only."""
    later = aliased(Dispatch)
    after = exists(
        select(later.dispatch_id).where(
            later.document_id == Dispatch.document_id,
            later.addressee_id.is_not_distinct_from(Dispatch.addressee_id),
            later.dispatch_id > Dispatch.dispatch_id,
            later.state != DispatchState.TAKEN_BACK,
        )
    )
    found = (
        select(Dispatch, Document)
        .join(Document, Document.document_id == Dispatch.document_id)
        .where(
            own_organisation(actor, Dispatch.organisation_id),
            visible(actor, Document.readers),
            Dispatch.state.in_(OPEN_AGAIN),
            ~after,
        )
        .order_by(Dispatch.dispatch_id)
        .limit(limit)
    )
    if of is not None:
        found = found.where(Dispatch.document_id.in_(of))
    return [(sending, document) for sending, document in session.execute(found)]
