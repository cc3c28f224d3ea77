"""The paper original: put somewhere, handed to somebody, received. The giver answers for it until the receiver confirms.

Nobody takes a paper that was not handed to her: a registrar or the archivist enters what was found to be elsewhere.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.scope import visible
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.events import Event, record
from edms.registry.models import Document
from edms.routing import people
from edms.routing.clocks import today_of
from edms.routing.handing_over import Change
from edms.routing.matter import hold, subject
from edms.routing.originals.models import PaperOriginal
from edms.routing.submission import text_of
from edms.routing.undo import open_to


def where(session: Session, document: Document) -> PaperOriginal | None:
    """Who has the paper of a letter that the caller may see, and where; None when nobody ever said."""
    return session.get(PaperOriginal, document.document_id)


def place(session: Session, actor: Actor, document: Document, *, place: str | None = None) -> PaperOriginal:
    """Say where one keeps the paper. The first to say so has it; after that its holder, or whoever keeps the papers.

    Errors: Forbidden when another holds it.
    """
    require(actor, Permission.DOCUMENT_READ, document)
    document = hold(session, document.document_id)
    row = where(session, document)
    if actor.official_id is None or (row is None and not permits(actor, Permission.PAPER_KEEP, document)):
        raise Forbidden("access.refused", permission=Permission.PAPER_KEEP.value)
    if row is None:
        row = PaperOriginal(
            document_id=document.document_id,
            organisation_id=document.organisation_id,
            holder_id=actor.official_id,
            since=clock.now(),
        )
        session.add(row)
    elif row.holder_id not in actor.people:
        raise Forbidden("access.refused", permission=Permission.PAPER_KEEP.value)
    row.place = text_of(place, "place")
    session.flush()  # the event tells of a row that is there
    _record(session, actor, Event.PAPER_PLACED, document, {"official": row.holder_id, "place": row.place})
    return row


def hand(session: Session, actor: Actor, document: Document, *, to: int, note: str | None = None) -> PaperOriginal:
    """Hand the paper to somebody, who may then read the letter and confirms that she has it.

    Errors: Forbidden to others than its holder (or, of a paper nobody has yet, a keeper), Invalid for a stranger.
    """
    require(actor, Permission.DOCUMENT_READ, document)
    document = hold(session, document.document_id)
    row = where(session, document) or place(session, actor, document)
    if row.holder_id not in actor.people and not permits(actor, Permission.PAPER_KEEP, document):
        raise Forbidden("access.refused", permission=Permission.PAPER_KEEP.value)
    people.officials(session, document.organisation_id, [to], today_of(session, document), field="to")
    if to == row.holder_id:
        raise Invalid(fields={"to": "routing.paper_is_there"})
    _give(session, actor, document, row, to, {"note": text_of(note, "note")})
    return row


def may_hand(actor: Actor, document: Document, row: PaperOriginal | None) -> bool:
    """Its holder may hand it on, and whoever keeps the papers of the letter; `row` says who has it."""
    return permits(actor, Permission.PAPER_KEEP, document) or (row is not None and row.holder_id in actor.people)


def receive(session: Session, actor: Actor, document: Document, *, place: str | None = None) -> PaperOriginal:
    """Confirm that one has the paper now. Errors: RuleBroken when it was not handed to one."""
    require(actor, Permission.DOCUMENT_READ, document)
    document = hold(session, document.document_id)
    row = where(session, document)
    if row is None or row.receiver_id is None or row.receiver_id not in actor.people:
        raise RuleBroken("routing.paper_not_handed")
    before = row.holder_id
    row.holder_id, row.since, row.place = row.receiver_id, clock.now(), text_of(place, "place")
    row.receiver_id = row.handed_at = row.handed_by_id = None
    _record(session, actor, Event.PAPER_RECEIVED, document, {"official": row.holder_id, "from": before})
    return row


def refuse(session: Session, actor: Actor, document: Document, *, reason: str) -> None:
    """Say that the paper did not come: it is the holder's as before. Errors: RuleBroken, Invalid without a reason."""
    require(actor, Permission.DOCUMENT_READ, document)
    document = hold(session, document.document_id)
    row = where(session, document)
    if row is None or row.receiver_id is None or not actor.people & {row.receiver_id, row.holder_id}:
        raise RuleBroken("routing.paper_not_handed")
    if not (reason := text_of(reason, "reason") or ""):
        raise Invalid(fields={"reason": "routing.reason_missing"})
    to = row.receiver_id
    row.receiver_id = row.handed_at = row.handed_by_id = None
    _record(session, actor, Event.PAPER_REFUSED, document, {"official": row.holder_id, "to": to, "reason": reason})


def hand_over(session: Session, actor: Actor, row: PaperOriginal, change: Change) -> None:
    """Hand over a paper of somebody who leaves; the receiver confirms it like any other."""
    document = hold(session, row.document_id, row)
    if row.holder_id != change.giver.official_id:
        raise RuleBroken("routing.not_hers_any_more", number=document.number)
    _give(session, actor, document, row, change.receiver.official_id, {"reason": change.reason})


def held_by(
    session: Session, actor: Actor, *, handed: bool = False, limit: int = 50
) -> list[tuple[PaperOriginal, Document]]:
    """The papers that the actor has, or (`handed`) that were handed to her and wait for her word, the oldest first."""
    whose = PaperOriginal.receiver_id if handed else PaperOriginal.holder_id
    found = (
        select(PaperOriginal, Document)
        .join(Document, Document.document_id == PaperOriginal.document_id)
        .where(whose.in_(sorted(actor.people)), visible(actor, Document.readers))
        .order_by(PaperOriginal.since, PaperOriginal.document_id)
        .limit(limit)
    )
    return [(row, document) for row, document in session.execute(found).all()]


def _give(
    session: Session, actor: Actor, document: Document, row: PaperOriginal, to: int, detail: dict[str, object]
) -> None:
    row.receiver_id, row.handed_at, row.handed_by_id = to, clock.now(), actor.official_id
    newly = open_to(document, [to])
    _record(
        session, actor, Event.PAPER_HANDED, document,
        {"official": row.holder_id, "to": to, "newly_read": newly, **detail},
    )  # fmt: skip


def _record(session: Session, actor: Actor, event: Event, document: Document, detail: dict[str, object]) -> None:
    record(
        session,
        actor,
        event,
        subject(document, "paper", document.document_id),
        organisation_id=document.organisation_id,
        detail=detail,
        facts={"number": document.number, **{k: v for k, v in detail.items() if k in ("official", "to", "from")}},
    )
