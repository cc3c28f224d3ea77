"""The mail of a day: each letter with the post's own code, and the numbered list on which it is handed over (D414 art. 34).

A code is kept the moment it is scanned. Scanning a letter's own code instead says which letter is meant next, so that
the pile need not lie in the order of the list.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.db.locking import lock
from edms.errors import Conflict, Invalid, NotFound
from edms.events import Event, Subject, record
from edms.registry import dispatch, labels
from edms.registry.card import clean
from edms.registry.going_out.models import PostList
from edms.registry.models import Dispatch, Document
from edms.registry.words import Channel, DispatchState

BY_LIST = (Channel.POST, Channel.COURIER)
MOST = 1_000
LONGEST_CODE = 60
_S10 = re.compile(r"[A-Z]{2}(\d{8})(\d)[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_KEPT = (DispatchState.WAITING, DispatchState.SENT, DispatchState.SERVED, DispatchState.RETURNED)


@dataclass(frozen=True)
class Scanned:
    """What a scan did: `coded` got its code, or `meant` is the letter whose own code it was."""

    coded: Dispatch | None = None
    meant: Dispatch | None = None


def waiting(session: Session, actor: Actor, channel: Channel) -> list[tuple[Dispatch, Document]]:
    """What waits to be handed over by this channel, in the order of asking."""
    require(actor, Permission.POST_HAND_OVER)
    return dispatch.to_send(session, actor, channels=(channel,), limit=MOST)


def scan(session: Session, actor: Actor, typed: str, *, at: Dispatch | None) -> Scanned:
    """One line of a hand scanner: the letter's own code, or the post's code for the letter `at`.

    Errors: Invalid (code): damaged, no letter meant; Conflict naming the letter that has this code already.
    """
    require(actor, Permission.POST_HAND_OVER)
    typed = (clean(typed) or "")[:400]
    if (own := _own(typed)) is not None:
        rows = dispatch.to_send(session, actor, channels=BY_LIST, limit=MOST)
        meant = next((sending for sending, document in rows if own.is_of(document)), None)
        if meant is None:
            raise Invalid("outgoing.not_on_the_list", fields={"code": "outgoing.not_on_the_list"}, number=own.said)
        return Scanned(meant=meant)
    if at is None:
        raise Invalid(fields={"code": "outgoing.all_have_codes"})
    code(session, actor, at, typed)
    return Scanned(coded=at)


def code(session: Session, actor: Actor, sending: Dispatch, typed: str) -> None:
    """Note the post's code of a letter that waits. Errors: Invalid, Conflict (another letter has it, or it left)."""
    document = session.get_one(Document, sending.document_id)
    require(actor, Permission.DOCUMENT_DISPATCH, document)
    found = _checked(typed)
    lock(session, sending)
    if sending.state is not DispatchState.WAITING or sending.channel not in BY_LIST:
        raise Conflict("registry.dispatch_gone", number=document.number)
    other = session.execute(
        select(Document.number)
        .join(Dispatch, Dispatch.document_id == Document.document_id)
        .where(
            Dispatch.organisation_id == sending.organisation_id,
            Dispatch.proof == found,
            Dispatch.state.in_(_KEPT),
            Dispatch.dispatch_id != sending.dispatch_id,
        )
        .limit(1)
    ).scalar()
    if other is not None:
        raise Invalid("outgoing.code_taken", fields={"code": "outgoing.code_taken"}, number=other, code=found)
    sending.proof = found
    record(
        session,
        actor,
        Event.DISPATCH_CODED,
        Subject("dispatch", sending.dispatch_id, document_id=document.document_id),
        organisation_id=document.organisation_id,
        detail={"number": document.number, "code": found},
    )


def hand_over(session: Session, actor: Actor, channel: Channel, dispatch_ids: Collection[int]) -> PostList:
    """Hand these over together: each has left, all stand on one numbered list of the day.

    Errors: Invalid for none, or one that does not wait by this channel.
    """
    require(actor, Permission.POST_HAND_OVER)
    if channel not in BY_LIST:
        raise Invalid(fields={"channel": "registry.channel_cannot_send"})
    rows = [(s, d) for s, d in waiting(session, actor, channel) if s.dispatch_id in set(dispatch_ids)]
    if not rows or len(rows) != len(set(dispatch_ids)):
        raise Invalid(fields={"marked": "outgoing.nothing_marked" if not dispatch_ids else "outgoing.gone_meanwhile"})
    today = clock.today(actor.time_zone)
    made = PostList(
        organisation_id=actor.organisation_id,
        channel=channel,
        year=today.year,
        ordinal=_next(session, actor.organisation_id or 0, channel, today.year),
        day=today,
        handed_at=clock.now(),
        handed_by_id=actor.official_id,
    )
    session.add(made)
    session.flush()  # the lines carry its id
    for sending, _ in rows:
        dispatch.sent(session, actor, sending, proof=sending.proof)
        sending.post_list_id = made.post_list_id
    return made


def lists_of(session: Session, actor: Actor, day: date) -> list[tuple[PostList, int]]:
    """The lists of a day, each with how many letters went."""
    require(actor, Permission.POST_HAND_OVER)
    found = (
        select(PostList, func.count(Dispatch.dispatch_id))
        .join(Dispatch, Dispatch.post_list_id == PostList.post_list_id)
        .where(own_organisation(actor, PostList.organisation_id), PostList.day == day)
        .group_by(PostList.post_list_id)
        .order_by(PostList.post_list_id)
    )
    return [(row, n) for row, n in session.execute(found)]


def list_of(session: Session, actor: Actor, post_list_id: int) -> PostList:
    """One list of the actor's organisation. Errors: NotFound."""
    found = select(PostList).where(
        own_organisation(actor, PostList.organisation_id), PostList.post_list_id == post_list_id
    )
    made = session.scalar(found)
    if made is None:
        raise NotFound
    require(actor, Permission.POST_HAND_OVER)
    return made


def on_list(session: Session, actor: Actor, made: PostList) -> list[tuple[Dispatch, Document]]:
    """What went with a list, in the order of the list; only letters that the actor may see."""
    found = (
        select(Dispatch, Document)
        .join(Document, Document.document_id == Dispatch.document_id)
        .where(Dispatch.post_list_id == made.post_list_id, visible(actor, Document.readers))
        .order_by(Dispatch.dispatch_id)
    )
    return [(sending, document) for sending, document in session.execute(found)]


@dataclass(frozen=True)
class _Own:
    """What a letter's own code says of it: the number, or the place in its register."""

    said: str
    series: tuple[int, int, int] | None = None

    def is_of(self, document: Document) -> bool:
        if self.series is None:
            return document.number == self.said
        return (document.register_id, document.year, document.serial) == self.series


def _own(typed: str) -> _Own | None:
    """A letter's own code: the QR of an electronic signature leads to its number, a label and the pen's mark to its place."""
    if typed.startswith(("http://", "https://")):
        numbers = parse_qs(urlsplit(typed).query).get("n", [])
        return _Own(numbers[0]) if numbers else None
    label = labels.read(typed.upper())
    return _Own(str(label.serial), (label.register_id, label.year, label.serial)) if label is not None else None


def _checked(typed: str) -> str:
    """The code as it is kept. One that looks like the post's (UPU S10) must have the check digit of the post's."""
    found = "".join((clean(typed) or "").split()).upper()
    if not found or len(found) > LONGEST_CODE or not found.isascii() or not found.isprintable():
        raise Invalid(fields={"code": "outgoing.code_wrong"})
    looks = _S10.fullmatch(found)
    if looks is not None:
        check = 11 - sum(w * int(d) for w, d in zip(_WEIGHTS, looks[1], strict=True)) % 11
        if {10: 0, 11: 5}.get(check, check) != int(looks[2]):
            raise Invalid(fields={"code": "outgoing.code_damaged"})
    return found


def _next(session: Session, organisation_id: int, channel: Channel, year: int) -> int:
    """The next number of a list; two hands at once wait for each other."""
    held = f"post-list:{organisation_id}:{channel.value}:{year}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(held, 0))))
    last = select(func.max(PostList.ordinal)).where(
        PostList.organisation_id == organisation_id, PostList.channel == channel, PostList.year == year
    )
    return (session.scalar(last) or 0) + 1
