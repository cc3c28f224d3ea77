"""An official's own stock phrases: what she writes on letters every day, kept in her preferences."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.db.locking import locked
from edms.errors import Forbidden, Invalid
from edms.staff.models import Official
from edms.staff.officials import change_own

KEY = "phrases"
MOST = 12
LONGEST = 300


def phrases_of(official: Official) -> list[str] | None:
    """Her phrases in her order; None when she never chose any."""
    own = official.preferences.get(KEY)
    return [str(text) for text in own] if isinstance(own, list) else None


def choose_phrases(session: Session, actor: Actor, texts: Sequence[str]) -> list[str]:
    """Let these be her phrases, in this order, each once. Errors: Invalid (phrase) when too long or too many."""
    if actor.official_id is None:
        raise Forbidden
    wanted = list(dict.fromkeys(text for given in texts if (text := " ".join(given.split()))))
    if len(wanted) > MOST:
        raise Invalid("staff.too_many_phrases", fields={"phrase": "staff.too_many_phrases"}, most=MOST)
    if any(len(text) > LONGEST for text in wanted):
        raise Invalid(fields={"phrase": "staff.text_too_long"})
    official = locked(session, Official, actor.official_id)
    change_own(session, actor, official, preferences={**official.preferences, KEY: wanted})
    return wanted
