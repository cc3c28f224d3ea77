"""What is entered of a letter beside its card, and what makes it acceptable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.registry.card import Card, clean
from edms.registry.intake.words import Envelope
from edms.registry.models import Arrival, Correspondent, Register
from edms.registry.words import Authorship, Channel
from edms.staff.models import Official

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_BARCODE, LONGEST_PLACE, LONGEST_SAID = 300, 500, 60, 300, 20_000
LONGEST_ALSO = 1000
MOST_PARTIES, MOST_VALUABLES, MOST_SIGNATURES, MOST_COUNT = 200, 50, 1_000_000, 1_000_000
MOST_MONEY = Decimal("999999999999.99")
CURRENCIES = ("GEL", "AMD", "USD", "EUR")
SPOKEN = (Channel.TELEPHONE, Channel.RECEPTION)


@dataclass(frozen=True)
class Party:
    """A further sender: a correspondent of ours, or a name alone."""

    name: str | None = None
    address: str | None = None
    correspondent_id: int | None = None


@dataclass(frozen=True)
class Valuable:
    """An enclosure of value. A sum has its currency."""

    what: str
    count: int = 1
    amount: Decimal | None = None
    currency: str | None = None
    handed_to_id: int | None = None


@dataclass(frozen=True)
class Spoken:
    """What was said by telephone or at a reception: when, where (or from which number), and what."""

    said_at: datetime
    text: str
    place: str | None = None


@dataclass(frozen=True)
class Intake:
    """What reached the counter beside one sender with one scan; a common letter has the defaults."""

    parties: Sequence[Party] = ()
    also_to: str | None = None  # the addressees beside the first, as they stand on the letter
    signatures: int | None = None
    postmark_on: date | None = None
    postal_barcode: str | None = None
    envelope_kept: bool = False
    filed_on: date | None = None
    envelope: Envelope | None = None
    opens_id: int | None = None
    valuables: Sequence[Valuable] = ()
    spoken: Spoken | None = None


NOTHING = Intake()


def cleaned(intake: Intake) -> Intake:
    """The same with every text cleaned; lines without a word are left out."""
    parties = tuple(replace(each, name=clean(each.name), address=clean(each.address)) for each in intake.parties)
    valuables = tuple(replace(each, what=clean(each.what) or "") for each in intake.valuables)
    spoken = intake.spoken
    if spoken is not None:
        spoken = replace(spoken, text=clean(spoken.text) or "", place=clean(spoken.place))
    return replace(
        intake,
        parties=tuple(each for each in parties if each.name or each.correspondent_id),
        valuables=tuple(each for each in valuables if each != Valuable("")),
        also_to=clean(intake.also_to),
        postal_barcode=clean(intake.postal_barcode),
        spoken=spoken,
    )


def wrong(
    session: Session, book: Register, card: Card, intake: Intake, arrival: Arrival | None, today: date
) -> dict[str, str]:
    """What is incomplete or impossible, by field. A common letter is asked nothing of the database."""
    found = _authorship(card, intake) | _envelope(card, intake, arrival) | _spoken(card, intake) | _values(intake)
    for name in ("postmark_on", "filed_on"):
        day = getattr(intake, name)
        if day is not None and day > today:
            found[name] = "registry.date_in_future"
        elif day is not None and day.year < 1900:
            found[name] = "registry.date_too_old"
    if len(intake.also_to or "") > LONGEST_ALSO:
        found["also_to"] = "registry.text_too_long"
    if len(intake.postal_barcode or "") > LONGEST_BARCODE:
        found["postal_barcode"] = "registry.text_too_long"
    if intake != NOTHING and not book.kind.comes_in:
        found["authorship"] = "intake.not_an_incoming_letter"
    return found | _strangers(session, book, intake)


def _authorship(card: Card, intake: Intake) -> dict[str, str]:
    """Whose letter it is must agree with who is named."""
    found: dict[str, str] = {}
    sender = card.correspondent_id or card.correspondent_name
    match card.authorship:
        case Authorship.ANONYMOUS if sender or intake.parties:
            found["authorship"] = "intake.anonymous_has_a_sender"
        case Authorship.SEVERAL if not intake.parties:
            found["parties"] = "intake.name_the_others"
        case Authorship.ONE if intake.parties:
            found["authorship"] = "intake.more_than_one_sender"
        case Authorship.COLLECTIVE:
            if not sender:
                found["correspondent"] = "intake.representative_missing"
            if intake.signatures is None:
                found["signatures"] = "field.missing"
    if intake.signatures is not None and not 2 <= intake.signatures <= MOST_SIGNATURES:
        found["signatures"] = "intake.signatures_impossible"
    elif intake.signatures is not None and card.authorship is not Authorship.COLLECTIVE:
        found["signatures"] = "intake.signatures_of_a_collective"
    if len(intake.parties) > MOST_PARTIES:
        found["parties"] = "intake.too_many_parties"
    if any(len(p.name or "") > LONGEST_NAME or len(p.address or "") > LONGEST_ADDRESS for p in intake.parties):
        found["parties"] = "registry.text_too_long"
    return found


def _envelope(card: Card, intake: Intake, arrival: Arrival | None) -> dict[str, str]:
    """A closed envelope names who opens it and has no file: whoever scanned it has read it."""
    if intake.envelope is None:
        return {"opens": "intake.opens_what"} if intake.opens_id is not None else {}
    found: dict[str, str] = {}
    if intake.opens_id is None:
        found["opens"] = "intake.opens_missing"
    if arrival is not None and arrival.content_id is not None:
        found["envelope"] = "intake.closed_has_no_file"
    elif intake.spoken is not None or card.channel in SPOKEN:
        found["envelope"] = "intake.spoken_has_no_envelope"
    return found


def _spoken(card: Card, intake: Intake) -> dict[str, str]:
    """By telephone or at a reception there is a record, and only there."""
    if intake.spoken is None:
        return {"said": "intake.record_missing"} if card.channel in SPOKEN else {}
    found: dict[str, str] = {}
    if card.channel not in SPOKEN:
        found["said"] = "intake.record_of_what"
    elif not intake.spoken.text:
        found["said"] = "intake.record_missing"
    elif len(intake.spoken.text) > LONGEST_SAID:
        found["said"] = "registry.text_too_long"
    if len(intake.spoken.place or "") > LONGEST_PLACE:
        found["said_place"] = "registry.text_too_long"
    if intake.spoken.said_at > clock.now():
        found["said_on"] = "intake.said_later_than_now"
    elif intake.spoken.said_at.year < 1900:
        found["said_on"] = "registry.date_too_old"
    return found


def _values(intake: Intake) -> dict[str, str]:
    """Each line of the list of valuables says what and how many; a sum has its currency."""
    if len(intake.valuables) > MOST_VALUABLES:
        return {"valuables": "intake.too_many_valuables"}
    for each in intake.valuables:
        if not each.what:
            return {"valuables": "intake.valuable_without_name"}
        if len(each.what) > LONGEST_NAME:
            return {"valuables": "registry.text_too_long"}
        if not 1 <= each.count <= MOST_COUNT:
            return {"valuables": "intake.valuable_count"}
        if each.amount is not None and not (each.amount.is_finite() and Decimal(0) < each.amount <= MOST_MONEY):
            return {"valuables": "intake.valuable_sum"}
        if (each.amount is None) != (each.currency is None) or each.currency not in (None, *CURRENCIES):
            return {"valuables": "intake.valuable_currency"}
    return {}


def _strangers(session: Session, book: Register, intake: Intake) -> dict[str, str]:
    """Ids that do not belong to the register's organisation are named like ids that do not exist."""
    found: dict[str, str] = {}
    people = {each.handed_to_id for each in intake.valuables if each.handed_to_id is not None}
    here = book.organisation_id
    if people and not _all_here(session, Official.official_id, Official.organisation_id, people, here):
        found["valuables"] = "registry.addressee_unknown"
    opens = {intake.opens_id} if intake.opens_id is not None else set()
    if opens and not _all_here(session, Official.official_id, Official.organisation_id, opens, here):
        found["opens"] = "registry.addressee_unknown"
    ids = {each.correspondent_id for each in intake.parties if each.correspondent_id is not None}
    if ids and not _all_here(session, Correspondent.correspondent_id, Correspondent.organisation_id, ids, here):
        found["parties"] = "registry.correspondent_unknown"
    return found


def _all_here(session: Session, key: Any, owner: Any, ids: set[int], here: int) -> bool:
    return set(session.scalars(select(key).where(key.in_(ids), owner == here))) == ids
