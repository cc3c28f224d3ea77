"""An official's own signing key: taken in with its PIN, replaced, taken away. Only its owner does that.

The PIN opens the file once, to read the certificate and to see that there is a key; it is kept nowhere.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.keys import Keys
from edms.errors import Forbidden, Invalid, RuleBroken
from edms.events import Event, Subject, record
from edms.signing import pins
from edms.signing.key_folder import KeyFolder
from edms.signing.keys import Card, Pkcs12, may_sign
from edms.staff.credentials import require_step_up
from edms.staff.models import Official

LARGEST = 256 * 1024  # bytes: a key with its chain has a few kilobytes


def install(
    session: Session, actor: Actor, official: Official, packed: bytes, *, pin: str, folder: KeyFolder, keys: Keys
) -> Card | Invalid:
    """Take in her PKCS#12, in place of an earlier one; a wrong PIN is the answer, and is counted: commit.

    Errors: Forbidden for others, or without step-up; Invalid (field file); RuleBroken when the certificate may not
    sign today; TooManyAttempts.
    """
    _own(actor, official)
    if not packed or len(packed) > LARGEST:
        raise Invalid(fields={"file": "signing.key_file_size"})
    opened = pins.tried(session, official.official_id, lambda: _opened(packed, pin), keys=keys)
    if isinstance(opened, Invalid):
        return opened
    may_sign(opened, clock.now())
    _record(session, actor, official, {"what": "installed", **_told(opened)})
    # The file last: should the history not take the line, the key stays what it was.
    session.flush()
    return folder.install(official.official_id, packed, pin=pin)


def take_away(session: Session, actor: Actor, official: Official, *, folder: KeyFolder) -> None:
    """Take her key out of the house. What she signed stays signed. Errors: Forbidden, RuleBroken when there is none."""
    _own(actor, official)
    card = folder.card(official.official_id)
    if card is None:
        raise RuleBroken("signing.no_key")
    _record(session, actor, official, {"what": "taken away", **_told(card)})
    session.flush()
    folder.remove(official.official_id)


def _opened(packed: bytes, pin: str) -> Card:
    try:
        return Pkcs12(packed).opened(pin).card
    except Invalid as error:
        # Named at its field: without one it is the file that cannot be used, not the PIN.
        raise error if error.fields else Invalid(fields={"file": error.message}) from None


def _own(actor: Actor, official: Official) -> None:
    if actor.official_id != official.official_id:
        raise Forbidden
    require_step_up(actor)


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
