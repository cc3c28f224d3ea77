"""Reading all contents again, a stint an hour, so that each is compared with what was stored within so many days.

In the order of their ids, round after round. A content that is missing or changed is an alarm that stands until a later
reading finds it whole; a stint that dies is read again from where the last one ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation, visible
from edms.archive.models import FixityFault, FixityStint
from edms.errors import Corrupt, NotFound
from edms.registry import contents
from edms.registry.models import Content, Document, DocumentContent
from edms.storage.port import ContentStore

STINTS_A_DAY = 24
AHEAD = 1.25
"""A round goes so much faster than it must: machines are off at night, stores are away."""
LONGEST = 900.0  # seconds of a stint
BATCH = 50
KEPT = timedelta(days=3660)
"""What nobody asks about any more."""
Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass
class Stint:
    """What one stint has done so far: of each content that is not as it was stored, the message that says so."""

    began_at: datetime
    last_id: int
    contents: int = 0
    bytes: int = 0
    whole: list[int] = field(default_factory=list)
    faults: dict[int, tuple[int, str]] = field(default_factory=dict)  # content to organisation and message


@dataclass(frozen=True)
class Sums:
    """`read` of `contents` within the last `days`; when the round will have come around; how many faults stand."""

    days: int
    contents: int
    read: int
    bytes: int
    last_at: datetime | None
    round_ends_at: datetime | None
    faults: int

    @property
    def percent(self) -> int:
        """The share that was read, as a whole number never rounded up."""
        return min(100, self.read * 100 // self.contents) if self.contents else 100


@dataclass(frozen=True)
class FaultLine:
    """A content that is not whole, and the letter on which it lies, where the reader may see that."""

    content_id: int
    name: str
    message: str
    found_at: datetime
    document_id: int | None
    number: str | None


def wanted(session: Session, days: int) -> int:
    """How many contents a stint must read for a round in so many days."""
    return max(1, ceil(contents.extent(session) * AHEAD / (days * STINTS_A_DAY)))


def run(
    transaction: Transaction,
    store: ContentStore,
    *,
    most: int,
    seconds: float = LONGEST,
    told: Callable[[Stint], object] = lambda _: None,
) -> Stint:
    """Read the next contents, `most` of them or so many seconds, and keep what was found; `told` hears of each.

    Errors: Unavailable when the store is away, which says nothing about the contents: the stint ends where it was.
    """
    with transaction() as session:
        last = select(FixityStint.last_id).order_by(FixityStint.fixity_stint_id.desc()).limit(1)
        stint = Stint(clock.now(), session.scalar(last) or 0)
    until = time.monotonic() + seconds
    over = False
    try:
        while not over and stint.contents < most and time.monotonic() < until:
            with transaction() as session:
                following = contents.batch_after(session, stint.last_id, limit=min(BATCH, most - stint.contents))
            over = not following
            for content in following:
                _read(stint, content, store)
                told(stint)
                if time.monotonic() >= until:
                    break
    finally:
        if stint.contents or over:
            with transaction() as session:
                _keep(session, stint, over=over)
    return stint


def _read(stint: Stint, content: Content, store: ContentStore) -> None:
    """Read one content again, with no transaction open. Errors: Unavailable."""
    try:
        store.verify(content.store_key, sha256=content.sha256.hex(), size=content.size)
    except (Corrupt, NotFound) as error:
        stint.faults[content.content_id] = (content.organisation_id, error.message)
    else:
        stint.whole.append(content.content_id)
    stint.contents, stint.bytes, stint.last_id = stint.contents + 1, stint.bytes + content.size, content.content_id


def _keep(session: Session, stint: Stint, *, over: bool) -> None:
    """Keep what a stint found. `over`: there is nothing after it, the next one begins a new round.

    What was erased since it was read is no fault.
    """
    now = clock.now()
    still = set(session.scalars(select(Content.content_id).where(Content.content_id.in_(stint.faults))))
    for content_id in sorted(still):
        organisation_id, message = stint.faults[content_id]
        fault = insert(FixityFault).values(
            content_id=content_id, organisation_id=organisation_id, message=message, found_at=now, seen_at=now
        )
        again = {"seen_at": now, "message": message, "mended_at": None}
        session.execute(fault.on_conflict_do_update(index_elements=["content_id"], set_=again))
    mended = update(FixityFault).where(FixityFault.content_id.in_(stint.whole), FixityFault.mended_at.is_(None))
    session.execute(mended.values(mended_at=now))
    session.execute(delete(FixityStint).where(FixityStint.ended_at < now - KEPT))
    session.add(
        FixityStint(
            began_at=stint.began_at, ended_at=now, last_id=0 if over else stint.last_id, contents=stint.contents,
            bytes=stint.bytes, faults=len(still),
        )
    )  # fmt: skip


def sums(session: Session, actor: Actor, *, days: int) -> Sums:
    """How it stands, of the whole store: the numbers name no content. Errors: Forbidden."""
    require(actor, Permission.FIXITY_READ)
    now = clock.now()
    since = FixityStint.ended_at > now - timedelta(days=days)
    counted, size = session.execute(
        select(func.coalesce(func.sum(FixityStint.contents), 0), func.coalesce(func.sum(FixityStint.bytes), 0)).where(
            since
        )
    ).one()
    last = session.scalar(select(FixityStint).order_by(FixityStint.fixity_stint_id.desc()).limit(1))
    standing = select(func.count()).select_from(FixityFault).join(Content, Content.content_id == FixityFault.content_id)
    standing = standing.where(FixityFault.mended_at.is_(None), own_organisation(actor, FixityFault.organisation_id))
    whole = contents.extent(session)
    left = (
        session.scalar(select(func.count()).where(Content.content_id > (last.last_id if last is not None else 0))) or 0
    )
    stints = ceil(left / wanted(session, days))
    return Sums(
        days, whole, min(int(counted), whole), int(size), last.ended_at if last is not None else None,
        now + timedelta(hours=stints) if whole else None, session.scalar(standing) or 0,
    )  # fmt: skip


def faults(session: Session, actor: Actor, *, after: int = 0, limit: int = 50) -> list[FaultLine]:
    """What is not whole in the actor's organisation, by content; the letter only where she may see it."""
    require(actor, Permission.FIXITY_READ)
    found = (
        select(FixityFault, Content.name, Document.document_id, Document.number)
        .join(Content, Content.content_id == FixityFault.content_id)
        .outerjoin(DocumentContent, DocumentContent.content_id == FixityFault.content_id)
        .outerjoin(Document, (Document.document_id == DocumentContent.document_id) & visible(actor, Document.readers))
        .where(
            FixityFault.mended_at.is_(None),
            own_organisation(actor, FixityFault.organisation_id),
            FixityFault.content_id > after,
        )
        .order_by(FixityFault.content_id)
        .limit(limit)
    )
    return [
        FaultLine(row.content_id, name if number is not None else "", row.message, row.found_at, document_id, number)
        for row, name, document_id, number in session.execute(found)
    ]
