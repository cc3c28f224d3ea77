"""The acts: scans of the tray, or the scan of a letter, give way to what was made of them; and the way back.

The bytes were made before (`capture.remaking`); here they get their places, all at once. The originals are kept as they
came: of the tray's the arrival ends as remade, of a letter's the paper is withdrawn with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.db.locking import lock
from edms.errors import Conflict, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import arrivals, contents
from edms.registry.models import Arrival, Content, Document, DocumentContent
from edms.registry.remaking.models import Remaking, RemakingKind, RemakingPart
from edms.registry.remaking.plan import Group
from edms.registry.words import ArrivalState, Channel, ContentRole, DocumentState, Tray


@dataclass(frozen=True)
class New:
    """A content that was made, and the pages it was made of."""

    content: Content
    sheets: Group


def remake(
    session: Session, actor: Actor, sources: Sequence[Arrival], kind: RemakingKind, made: Sequence[New]
) -> Remaking:
    """Let the new scans wait in place of `sources`. Errors: Conflict if one of those has ended meanwhile, NotFound."""
    for arrival in sources:
        require(actor, Permission.ARRIVAL_REMAKE, arrival)
    first = sources[0]
    if any(arrival.organisation_id != first.organisation_id for arrival in sources):
        raise NotFound
    for arrival in sorted(sources, key=lambda each: each.arrival_id):
        arrivals.require_waiting(session, arrival)
        arrivals.close(arrival, actor, ArrivalState.REMADE, None)
    act = _begin(session, actor, first.organisation_id, kind)
    for position, arrival in enumerate(sources):
        _note(act, position, arrival.content_id, arrival, made=False)
    for position, new in enumerate(made, start=len(sources)):
        waiting = _take_in(session, actor, first.organisation_id, first.tray, first.channel, new, first.source)
        _note(act, position, new.content.content_id, waiting, made=True, sheets=new.sheets)
    session.flush()  # the events carry its id
    for arrival in sources:
        _record(session, actor, Event.ARRIVAL_REMADE, act, arrival)
    return act


def remake_paper(
    session: Session, actor: Actor, document: Document, place: DocumentContent, kind: RemakingKind,
    made: Sequence[New], *, reason: str,
) -> Remaking:  # fmt: skip
    """Let the first new scan stand on the letter in place of the paper at `place`, and the others wait in the tray.

    Errors: RuleBroken once the letter lies in its case file, and for the signed page; Invalid without a reason.
    """
    require(actor, Permission.DOCUMENT_CORRECT, document)
    require(actor, Permission.ARRIVAL_REMAKE, document)
    if document.state is DocumentState.FILED:
        raise RuleBroken("registry.filed_is_closed", number=document.number)
    role, old = place.role, place.content
    contents.withdraw_paper(session, actor, document, old.content_id, reason=reason)
    contents.join(session, actor, document, made[0].content, role, dated_on=place.dated_on)
    act = _begin(session, actor, document.organisation_id, kind)
    act.document_id = document.document_id
    _note(act, 0, old.content_id, None, made=False)
    _note(act, 1, made[0].content.content_id, None, made=True, sheets=made[0].sheets)
    for position, new in enumerate(made[1:], start=2):
        waiting = _take_in(session, actor, document.organisation_id, Tray.SCAN, Channel.SCAN, new, document.number)
        _note(act, position, new.content.content_id, waiting, made=True, sheets=new.sheets)
    session.flush()  # its parts are looked up when it is taken back
    return act


def back_to_tray(session: Session, actor: Actor, document: Document, copy: Content) -> Arrival:
    """Let a copy of a withdrawn paper wait as if it had just arrived: it belongs to another letter."""
    require(actor, Permission.DOCUMENT_CORRECT, document)
    return _take_in(session, actor, document.organisation_id, Tray.SCAN, Channel.SCAN, New(copy, ()), document.number)


def undo(session: Session, actor: Actor, act: Remaking) -> None:
    """Take it back, as long as nothing that was made has become or joined a letter, or ended otherwise.

    Errors: Conflict if it was taken back before, RuleBroken if it went on meanwhile.
    """
    require(actor, Permission.ARRIVAL_REMAKE, act)
    lock(session, act)
    if act.undone_at is not None:
        raise Conflict("remaking.undone_already")
    made = [part for part in act.parts if part.made]
    lying = [session.get_one(Arrival, part.arrival_id) for part in made if part.arrival_id is not None]
    for arrival in sorted(lying, key=lambda each: each.arrival_id):
        lock(session, arrival)
        if arrival.state is not ArrivalState.WAITING:
            raise RuleBroken("remaking.went_on", state=arrival.state.value)
        arrivals.close(arrival, actor, ArrivalState.UNDONE, None)
    if act.document_id is not None:
        _restore(session, actor, session.get_one(Document, act.document_id), act, made[0])
    for part in act.parts:
        if not part.made and part.arrival_id is not None:
            source = session.get_one(Arrival, part.arrival_id)
            lock(session, source)
            arrivals.reopen(source)
            _record(session, actor, Event.ARRIVAL_REOPENED, act, source)
    act.undone_at, act.undone_by_id = clock.now(), actor.official_id


def remaking_of(session: Session, actor: Actor, remaking_id: int) -> Remaking:
    """One act of the actor's organisation. Errors: NotFound."""
    found = session.scalar(
        select(Remaking).where(own_organisation(actor, Remaking.organisation_id), Remaking.remaking_id == remaking_id)
    )
    if found is None:
        raise NotFound
    require(actor, Permission.ARRIVAL_READ, found)
    return found


def of_content(session: Session, content_id: int) -> list[tuple[Remaking, bool]]:
    """The acts in which a content took part, and whether it was made there; the caller has seen that it may be known."""
    found = (
        select(Remaking, RemakingPart.made)
        .join(RemakingPart, RemakingPart.remaking_id == Remaking.remaking_id)
        .where(RemakingPart.content_id == content_id)
        .order_by(Remaking.remaking_id)
    )
    return [(act, made) for act, made in session.execute(found)]


def _restore(session: Session, actor: Actor, document: Document, act: Remaking, new: RemakingPart) -> None:
    require(actor, Permission.DOCUMENT_CORRECT, document)
    if document.state is DocumentState.FILED:
        raise RuleBroken("registry.filed_is_closed", number=document.number)
    places = {place.content_id: place for place in contents.papers(session, document, withdrawn=True)}
    standing, old = places[new.content_id], places[act.parts[0].content_id]
    if standing.withdrawn_at is not None:
        raise RuleBroken("remaking.went_on", state=ArrivalState.UNDONE.value)
    standing.withdrawn_at, old.withdrawn_at = clock.now(), None
    if old.role is ContentRole.ORIGINAL:
        document.waiting_scan = False
    record(
        session,
        actor,
        Event.CONTENT_RESTORED,
        Subject("content", old.content_id, document_id=document.document_id, content_id=old.content_id),
        organisation_id=document.organisation_id,
        detail={"name": old.content.name, "instead_of": new.content_id},
        facts={"number": document.number, "sha256": old.content.sha256.hex()},
    )


def _begin(session: Session, actor: Actor, organisation_id: int, kind: RemakingKind) -> Remaking:
    act = Remaking(
        organisation_id=organisation_id, kind=kind, made_at=clock.now(), made_by_id=actor.official_id, parts=[]
    )
    session.add(act)
    return act


def _note(
    act: Remaking, position: int, content_id: int | None, arrival: Arrival | None, *, made: bool, sheets: Group = ()
) -> None:
    part = RemakingPart(position=position, made=made, content_id=content_id, sheets=[list(sheet) for sheet in sheets])
    part.arrival_id = arrival.arrival_id if arrival is not None else None
    act.parts.append(part)


def _take_in(
    session: Session, actor: Actor, organisation_id: int, tray: Tray, channel: Channel, new: New, source: str | None
) -> Arrival:
    return arrivals.take_in(
        session, actor, organisation_id=organisation_id, tray=tray, channel=channel, content=new.content, source=source
    )


def _record(session: Session, actor: Actor, event: Event, act: Remaking, arrival: Arrival) -> None:
    made = [part for part in act.parts if part.made]
    record(
        session,
        actor,
        event,
        Subject("arrival", arrival.arrival_id, arrival_id=arrival.arrival_id),
        organisation_id=act.organisation_id,
        detail={"kind": act.kind.value, "remaking": act.remaking_id, "made": [part.arrival_id for part in made]},
        facts={
            "kind": act.kind.value,
            "sha256": arrival.content.sha256.hex() if arrival.content else None,
            "made": [session.get_one(Content, part.content_id).sha256.hex() for part in made],
        },
    )
