"""How far back a question looks: among the newest letters first, then as far as these promise an answer, then among all.

A bitmap of what answers is cheap for any word; reading and ordering the lines it names is not, and a frequent word
names a tenth of the archive to show a page of it. Among the newest letters it names enough.
"""

from __future__ import annotations

from datetime import datetime
from time import monotonic

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.search.models import SearchEntry
from edms.search.port import Asked

NEWEST = 20_000  # letters
FURTHEST = 50  # times as far back; what is seldomer than that is sought among all at once
KEPT_SECONDS = 600  # a beginning is where to look first, not what is found: an older one only reads a little more


class Newest:
    """Where the newest letters of each organisation begin: finding it reads as many lines of an index, so it is kept."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[float, datetime | None]] = {}

    def begin(self, session: Session, asked: Asked) -> datetime | None:
        """Since when to look first: the newest letters, or as long a time before the page's place; None: among all.

        None where there are not so many letters, and where several offices are asked: theirs are in no common order.
        """
        organisation_ids = asked.organisation_ids
        if organisation_ids is None or len(organisation_ids) != 1 or not asked.query.wanted:
            return None
        (organisation_id,) = organisation_ids
        kept_until, since = self._kept.get(organisation_id, (0.0, None))
        if kept_until < monotonic():
            since = _since(session, organisation_id)
            self._kept[organisation_id] = (monotonic() + KEPT_SECONDS, since)
        if since is None or asked.before is None:
            return since
        return asked.before[0] - (clock.now() - since)


def _since(session: Session, organisation_id: int) -> datetime | None:
    found = select(SearchEntry.registered_at).where(SearchEntry.organisation_id == organisation_id)
    return session.scalar(found.order_by(SearchEntry.registered_at.desc()).offset(NEWEST).limit(1))


def further(asked: Asked, since: datetime, found: int) -> datetime | None:
    """How far back there should be as many as are asked for, twice over, if letters come as they came; None: among all."""
    wanted = 2 * (asked.limit + 1)
    if found * FURTHEST < wanted:
        return None
    until = asked.before[0] if asked.before is not None else clock.now()
    return until - (until - since) * wanted / found
