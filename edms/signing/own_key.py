"""An official's own signing key: chosen, replaced, taken away. Only its owner does that, her password asked again.

The PIN opens the key once, to see that it is there and whose it is; it is kept nowhere.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Forbidden, RuleBroken
from edms.events import Event, Subject, record
from edms.signing.key_folder import Held, KeyFolder
from edms.signing.keys import Card
from edms.staff.credentials import require_step_up
from edms.staff.models import Official


def may_choose(actor: Actor, official: Official) -> None:
    """Refuse before a key is even looked at. Errors: Forbidden for others, or without step-up."""
    if actor.official_id != official.official_id:
        raise Forbidden
    require_step_up(actor)


def install(session: Session, actor: Actor, official: Official, held: Held, *, folder: KeyFolder) -> Card:
    """Take the key that was looked at (`edms.signing.choosing`, with no transaction open), in place of an earlier one.

    Errors: Forbidden for others, or without step-up.
    """
    may_choose(actor, official)
    _record(session, actor, official, {"what": "installed", "kind": held.kind.value, **_told(held.card)})
    # The file last: should the history not take the line, the key stays what it was.
    session.flush()
    return folder.put(official.official_id, held)


def take_away(session: Session, actor: Actor, official: Official, *, folder: KeyFolder) -> None:
    """Take her key out of the house. What she signed stays signed. Errors: Forbidden, RuleBroken when there is none."""
    may_choose(actor, official)
    card = folder.card(official.official_id)
    if card is None:
        raise RuleBroken("signing.no_key")
    _record(session, actor, official, {"what": "taken away", **_told(card)})
    session.flush()
    folder.remove(official.official_id)


def _told(card: Card) -> dict[str, str]:
    return {"issuer": card.issuer, "serial": card.serial, "fingerprint": card.fingerprint}


def _record(session: Session, actor: Actor, official: Official, detail: dict[str, str]) -> None:
    subject = Subject("official", official.official_id)
    record(
        session,
        actor,
        Event.SIGNING_KEY_CHANGED,
        subject,
        organisation_id=official.organisation_id,
        detail=detail,
    )
