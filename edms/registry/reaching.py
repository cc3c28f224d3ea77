"""How an applicant is reached: her e-mail and telephone, which whoever decides on her letters does not see: not in the book of correspondents,
not on a draft, not where a letter was sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.registry.models import Correspondent
from edms.registry.words import CorrespondentKind


def reach_of(actor: Actor, correspondent: Correspondent) -> tuple[str | None, str | None]:
    """E-mail and telephone, as far as the actor may know them; those of a body are no secret."""
    if not _reaches(actor, correspondent):
        return None, None
    return correspondent.email, correspondent.telephone


def place_of(actor: Actor, correspondent: Correspondent) -> str | None:
    """The address on the card, unless that is a person's e-mail address and the actor may not know it."""
    address = correspondent.address
    return address if "@" not in (address or "") or _reaches(actor, correspondent) else None


def address_of(
    session: Session, actor: Actor, of: Any, address: str | None, correspondent_id: int | None
) -> str | None:
    """The address on a draft, letter or sending (`of`), as far as the actor may know it: an e-mail address is a person's
    way to be reached, unless the card of the correspondent says that it is a body's."""
    if address is None or "@" not in address or permits(actor, Permission.CORRESPONDENT_REACH, of):
        return address
    known = session.get(Correspondent, correspondent_id) if correspondent_id is not None else None
    return address if known is not None and known.kind is not CorrespondentKind.PERSON else None


def changeable(actor: Actor, correspondent: Correspondent) -> bool:
    """May the actor change this card? A change gives the whole of it: who does not see all of it cannot."""
    return permits(actor, Permission.CORRESPONDENT_EDIT, correspondent) and _reaches(actor, correspondent)


def require_changeable(actor: Actor, correspondent: Correspondent) -> None:
    """Refuse who may not. Errors: Forbidden."""
    require(actor, Permission.CORRESPONDENT_EDIT, correspondent)
    if not _reaches(actor, correspondent):
        require(actor, Permission.CORRESPONDENT_REACH, correspondent)


def _reaches(actor: Actor, correspondent: Correspondent) -> bool:
    person = correspondent.kind is CorrespondentKind.PERSON
    return not person or permits(actor, Permission.CORRESPONDENT_REACH, correspondent)
