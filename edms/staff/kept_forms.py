"""What somebody typed and has not sent, kept on the server for her alone: a lost line or session costs no text.

Kept for thirty days under the name of the form ("resolve-17"); forgotten when the form is sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Forbidden, Invalid
from edms.staff.models import KeptForm

DAYS = timedelta(days=30)
MOST_LETTERS = 400_000
PLACE = re.compile(r"[a-z-]{1,30}-\d{1,18}")


def keep(session: Session, actor: Actor, place: str, values: Mapping[str, Sequence[str]]) -> KeptForm:
    """Keep the fields of a form, over what was kept of it before. Errors: Invalid for no such place or too much."""
    if actor.official_id is None:
        raise Forbidden
    if not PLACE.fullmatch(place):
        raise Invalid("staff.no_such_form")
    kept = {name.replace("\x00", ""): [text.replace("\x00", "") for text in texts] for name, texts in values.items()}
    if sum(len(text) for texts in kept.values() for text in texts) > MOST_LETTERS:
        raise Invalid("staff.text_too_long")
    now = clock.now()
    session.execute(delete(KeptForm).where(KeptForm.official_id == actor.official_id, KeptForm.kept_at < now - DAYS))
    row = insert(KeptForm).values(official_id=actor.official_id, place=place, values=kept, kept_at=now)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["official_id", "place"], set_={"values": row.excluded["values"], "kept_at": now}
        )
    )
    return session.get_one(KeptForm, (actor.official_id, place), populate_existing=True)


def kept(session: Session, actor: Actor, place: str) -> KeptForm | None:
    """What she typed there and did not send, if anything."""
    return session.get(KeptForm, (actor.official_id, place)) if actor.official_id is not None else None


def forget(session: Session, actor: Actor, place: str) -> None:
    """It was sent, or she does not want it; forgetting what is not kept is no error."""
    mine = select(KeptForm).where(KeptForm.official_id == actor.official_id, KeptForm.place == place)
    if (row := session.scalar(mine)) is not None:
        session.delete(row)
