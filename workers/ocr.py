"""Looks inside what arrives: kind, text, OCR, pictures, guesses, searchable copies."""

from __future__ import annotations

import structlog

from edms.bootstrap import House
from edms.capture import copies, labelled, reading, remaking, separating, unread
from edms.errors import RuleBroken

log = structlog.get_logger(__name__)


def look_inside(house: House, subject_id: int | None) -> None:
    """Read one content for one turn, going on where a killed worker or an earlier turn stopped."""
    if subject_id is not None:
        reading.look_inside(house.transaction, house.store, subject_id)


def make_copy(house: House, subject_id: int | None) -> None:
    """Make the searchable copy of one content."""
    if subject_id is not None:
        copies.make(house.transaction, house.store, subject_id)


def follow_label(house: House, subject_id: int | None) -> None:
    """Divide a scan where separator sheets lie, or let one whose label was found join the letter that waits for it."""
    if subject_id is not None:
        if _divided(house, subject_id):
            return
        with house.transaction() as session:
            number = labelled.follow(session, house.label_key, subject_id)
        if number is not None:
            log.info("scan joined by its label", content_id=subject_id)


def _divided(house: House, content_id: int) -> bool:
    with house.transaction() as session:
        found = separating.division(session, house.label_key, content_id)
    if found is None:
        return False
    try:
        made = remaking.make(house.store, found.plan)
    except RuleBroken as error:
        log.info("scan not divided by its sheets", content_id=content_id, reason=error.message)
        return False  # signed, locked, damaged: it waits as it came
    with house.transaction() as session:
        done = separating.divide(session, found, made)
    if done is not None:
        log.info("scan divided by its sheets", content_id=content_id, letters=len(made))
    return done is not None


def give_up(house: House, subject_id: int | None) -> None:
    """Say at the content that its reading is parked."""
    if subject_id is not None:
        reading.give_up(house.transaction, subject_id)


def read_again(house: House, subject_id: int | None) -> None:
    """Send what waited for the engine or a model to be read, as far as they are there now."""
    with house.transaction() as session:
        sent = unread.read_again(session)
    if sent:
        log.info("unread contents sent to be read", contents=sent)
