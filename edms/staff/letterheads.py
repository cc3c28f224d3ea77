"""The letterhead of an organisation: the line above its name, its name in a second language, its coat of arms.

The picture comes as PNG that the capture room has drawn anew; nothing else is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict
from edms.events import Event, Subject, record
from edms.staff.entry import Entry
from edms.staff.models import Letterhead, Organisation

PNG = b"\x89PNG\r\n\x1a\n"
LARGEST = 400_000  # bytes: it is printed on every paper and shown on every page


def keep(
    session: Session, actor: Actor, organisation: Organisation, *, version: int, above: Mapping[str, str],
    second_language: str | None, picture: bytes | None = None, without_picture: bool = False,
) -> Letterhead:  # fmt: skip
    """Set the letterhead of papers to come; without `picture` the present one stays, unless it is taken away.

    Errors: Forbidden; Invalid at above, second_language or picture; Conflict on a stale edit.
    """
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    if organisation.version != version:
        raise Conflict("error.stale")
    entry = Entry()
    lines = entry.names("above", above, needed=False)
    if second_language:
        entry.language(second_language)
        if second_language == organisation.language or not organisation.names.get(second_language):
            entry.wrong["second_language"] = "letterhead.no_name_in_it"
        if "language" in entry.wrong:
            entry.wrong["second_language"] = entry.wrong.pop("language")
    if picture is not None and (not picture.startswith(PNG) or len(picture) > LARGEST):
        entry.wrong["picture"] = "letterhead.picture_unfit"
    entry.require()
    kept = organisation.letterhead or Letterhead(organisation_id=organisation.organisation_id, above={})
    organisation.letterhead = kept
    kept.above, kept.second_language = lines, second_language or None
    if picture is not None or without_picture:
        kept.picture = picture
        organisation.arms = hashlib.sha256(picture).hexdigest()[:16] if picture is not None else None
    record(
        session, actor, Event.ORGANISATION_CHANGED, Subject("organisation", organisation.organisation_id),
        organisation_id=organisation.organisation_id,
        detail={"letterhead": {"above": lines, "second_language": kept.second_language, "arms": organisation.arms}},
    )  # fmt: skip
    return kept


def arms(session: Session, fingerprint: str) -> bytes | None:
    """A coat of arms by its fingerprint: it stands on public pages, so anybody may see it."""
    found = select(Letterhead.picture).join(Organisation, Organisation.organisation_id == Letterhead.organisation_id)
    return session.scalar(found.where(Organisation.arms == fingerprint))


def standing_for_all(session: Session) -> Organisation | None:
    """The one organisation whose name and arms citizens' pages bear; None where several stand side by side."""
    roots = list(session.scalars(select(Organisation).where(Organisation.parent_id.is_(None)).limit(2)))
    return roots[0] if len(roots) == 1 else None
