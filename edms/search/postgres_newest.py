"""How far back a question looks: among the newest letters first, then as far as these promise an answer, then among all.

A bitmap of what answers is cheap for any word; reading and ordering the lines it names is not, and a frequent word
names a tenth of the archive to show a page of it. Among the newest letters it names enough.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.search.models import SearchEntry
from edms.search.port import Asked

NEWEST = 20_000  # letters
FURTHEST = 50  # times as far back; what is seldomer than that is sought among all at once


def begin(session: Session, asked: Asked) -> datetime | None:
    """Since when the newest letters were registered; None where there are not so many.

    None also where several offices are asked: their letters are in no common order.
    """
    organisation_ids = asked.organisation_ids
    if organisation_ids is None or len(organisation_ids) != 1 or not asked.query.wanted:
        return None
    (organisation_id,) = organisation_ids
    found = select(SearchEntry.registered_at).where(SearchEntry.organisation_id == organisation_id)
    if asked.before is not None:
        found = found.where(SearchEntry.registered_at <= asked.before[0])
    return session.scalar(found.order_by(SearchEntry.registered_at.desc()).offset(NEWEST).limit(1))


def further(asked: Asked, since: datetime, found: int) -> datetime | None:
    """How far back there should be as many as are asked for, twice over, if letters come as they came; None: among all."""
    wanted = 2 * (asked.limit + 1)
    if found * FURTHEST < wanted:
        return None
    until = asked.before[0] if asked.before is not None else clock.now()
    return until - (until - since) * wanted / found
