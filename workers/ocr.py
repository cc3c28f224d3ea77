"""Looks inside what arrives: kind, text, OCR, pictures, guesses, searchable copies."""

from __future__ import annotations

import structlog

from edms.bootstrap import House
from edms.capture import copies, labelled, reading, unread

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
    """Let a scan whose label was found join the letter that waits for it."""
    if subject_id is not None:
        with house.transaction() as session:
            number = labelled.follow(session, house.label_key, subject_id)
        if number is not None:
            log.info("scan joined by its label", content_id=subject_id)


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
