"""Without a token: the course of a letter by number and code, its receipt, and what the ledger shows to everybody."""

from __future__ import annotations

import base64
from datetime import date
from typing import Annotated

from pydantic import Field

from edms import ledger
from edms.errors import NotFound
from edms.overview.case_course import Course
from edms.overview.tracking import tracked
from edms.web.api.course import Receipt
from edms.web.api.layer import ask, read
from edms.web.api.shapes import Asked, Line, Shown
from edms.web.desk.route_form import said
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.portal import track


class Tracking(Asked):
    """Number and code, as they stand on the slip."""

    number: Annotated[Line, Field(max_length=60)]
    code: Annotated[Line, Field(max_length=60)]


class StageShown(Shown):
    """A step of the course."""

    what: str
    text: str
    on: date | None
    done: bool


class TrackedShown(Shown):
    """Where the letter is, until when, and what its sender must do: in the language asked for. No personal data."""

    number: str
    registered_on: date
    where: str
    until: str | None
    you: str
    due_on: date | None
    signed_by_hand: bool
    steps: list[StageShown]
    proceeding: list[StageShown] = Field(description="The steps of the case that the letter began, if it did.")


class KeyShown(Shown):
    """The ledger's public key (Ed25519, raw, base64)."""

    key: str


class CheckpointShown(Shown):
    """The newest signed note about the ledger."""

    size: int
    note: str


@ask("/tracking", open=True)
def find(body: Tracking) -> TrackedShown:
    """Follow a letter. A wrong number and a wrong code look the same; guessing is slowed as on the tracking page."""
    document = track.find(body.number, body.code)
    if document is None:
        raise NotFound("portal.not_found")
    with house().transaction() as session:
        found = tracked(session, document, language())
    return TrackedShown(
        number=document.number,
        registered_on=document.registered_on,
        where=track.say(found.where),
        until=track.say(found.until) or None,
        you=track.you(found),
        due_on=found.due_on,
        signed_by_hand=found.by_hand,
        steps=[StageShown(what=what, text=t(what), on=on, done=done) for what, on, done in found.steps],
        proceeding=_proceeding(found.course),
    )


def _proceeding(course: Course | None) -> list[StageShown]:
    steps = course.steps if course is not None else ()
    route = course.route if course is not None else None
    return [
        StageShown(what=what, text=said(route, what), on=on, done=on is not None)
        for what, on in steps
        if route is not None
    ]


@ask("/tracking/receipt", open=True)
def receipt(body: Tracking) -> Receipt:
    """The receipt of the registration, to be checked without us."""
    document = track.find(body.number, body.code)
    if document is None or document.leaf_id is None:
        raise NotFound("portal.not_found")
    return Receipt(**track.receipt_of(document.leaf_id))


@read("/ledger/key", open=True)
def key() -> KeyShown:
    """The key with which checkpoints are checked."""
    return KeyShown(key=base64.b64encode(house().ledger_signer.verifier.raw).decode())


@read("/ledger/checkpoint", open=True)
def checkpoint() -> CheckpointShown:
    """The newest signed checkpoint."""
    with house().transaction() as session:
        last = ledger.latest(session)
    if last is None:
        raise NotFound
    return CheckpointShown(size=last.size, note=last.note())
