"""Letters signed with a pen: what waits for pen and scan, the paper to print, its scan brought back or the letter given up.

To have a letter printed for the pen is the signer's act at the desk, with the password: no token opens it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting.by_hand import signing
from edms.drafting.by_hand.models import Compared, HandSigning, HandState
from edms.drafting.by_hand.signing import PaperKeys
from edms.drafting.models import Draft
from edms.registry import arrivals
from edms.registry.models import Number
from edms.web.api.layer import Match, change, read
from edms.web.api.paging import whole
from edms.web.api.shapes import Asked, Id, Line, Page, Paged, Reason, Thing
from edms.web.desk import pictures
from edms.web.kit.house import house


class HandShown(Thing):
    """A letter printed for the pen. `document_id` once its scan is back; `reason` where it was given up."""

    PLACE: ClassVar[str] = "/hand-signings/{hand_signing_id}"
    hand_signing_id: int
    draft_id: int
    subject: str
    number: str
    drawn_on: date
    signer_id: int
    state: HandState
    asked_at: datetime
    document_id: int | None
    compared: Compared | None
    ended_at: datetime | None
    reason: str | None


class Bringing(Asked):
    """The scan in the tray, and the code that stands on the paper; without it the label on the scan is read."""

    arrival_id: Id
    code: Annotated[Line, Field(max_length=300)] = ""


@read("/hand-signings")
def index(session: Session, who: Actor, query: Paged) -> Page[HandShown]:
    """What waits for pen and scan: a registrar's office has them all, others what they write or sign."""
    rows = signing.waiting(session, who, limit=500)
    return whole(rows, query, lambda row: _of(*row), lambda row: row[0].hand_signing_id)


@read("/hand-signings/{hand_signing_id}")
def show(session: Session, who: Actor, hand_signing_id: int) -> HandShown:
    """One of them."""
    return _of(*signing.hand_of(session, who, hand_signing_id))


@read("/hand-signings/{hand_signing_id}/paper", media="application/pdf")
def paper(session: Session, who: Actor, hand_signing_id: int) -> Response:
    """The paper to print, with number, date and code in their places."""
    hand, _, _ = signing.hand_of(session, who, hand_signing_id)
    made = signing.print_paper(session, hand, store=house().store, keys=_keys(), check_page=house().check_page)
    return pictures.download(house().store, made)


@change("/hand-signings/{hand_signing_id}/bring")
def bring(session: Session, who: Actor, hand_signing_id: int, body: Bringing, match: Match) -> HandShown:
    """The signed paper is back as a scan in the tray: compared by its code, the letter stands in its register then."""
    hand, draft, number = _asked(session, who, hand_signing_id, match)
    scan = arrivals.arrival_of(session, who, body.arrival_id, lock=True)
    found, how = body.code, Compared.TYPED
    if not found:
        lies = signing.in_tray(session, who, _keys(), [scan], number_ids={number.number_id})
        found, how = lies[number.number_id][1] if lies else "", Compared.SCAN
    signing.bring(session, who, hand, scan, found=found, how=how, keys=_keys())
    session.flush()
    return _of(hand, draft, number)


@change("/hand-signings/{hand_signing_id}/give-up")
def give_up(session: Session, who: Actor, hand_signing_id: int, body: Reason, match: Match) -> HandShown:
    """Not signed after all: the draft goes back to its author, the number is void."""
    hand, draft, number = _asked(session, who, hand_signing_id, match)
    signing.give_up(session, who, hand, reason=body.reason)
    session.flush()
    return _of(hand, draft, number)


def _asked(session: Session, who: Actor, hand_signing_id: int, match: Match) -> tuple[HandSigning, Draft, Number]:
    found = signing.hand_of(session, who, hand_signing_id)
    require(who, Permission.HAND_SIGNED_BRING, found[1])
    match.check(session, found[0])
    return found


def _of(hand: HandSigning, draft: Draft, number: Number) -> HandShown:
    return HandShown.of(hand, subject=draft.subject, number=number.text, drawn_on=number.drawn_on)


def _keys() -> PaperKeys:
    return PaperKeys(house().label_key, house().tracking_key)
