"""Do the receipts in a package prove its cards and papers? The register committed to both when it acted.

Pure. Each receipt commits to one letter by its own id and by its number of that day, and to the act that it is of. What
the card says is what the last act upon it said. A paper came by an act that names its hash, or bears a signature, which
is judged by itself. A receipt whose facts were erased proves none of this, only that something happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from edms.archive.package.found import Card, Fault, Receipt
from edms.archive.package.xml import clean, instant
from edms.events import Event
from edms.ledger import Proved

ON_THE_CARD = (Event.DOCUMENT_REGISTERED, Event.DOCUMENT_CORRECTED, Event.DOCUMENT_MOVED)
"""Acts that say all of a card."""
FIELDS: Mapping[str, str] = {
    "number": "number",
    "type": "document_type",
    "registeredAt": "registered_at",
    "registeredOn": "registered_on",
    "receivedOn": "received_on",
    "documentOn": "document_on",
    "channel": "channel",
    "grade": "grade",
    "language": "language",
    "correspondent": "correspondent_name",
    "correspondentAddress": "correspondent_address",
    "theirNumber": "their_number",
    "theirDate": "their_date",
    "summary": "summary",
    "sheets": "sheets",
    "annexSheets": "annex_sheets",
    "annexes": "annexes",
}
"""What a card says, and what the acts on it call that."""


@dataclass(frozen=True)
class Heard:
    """A receipt of a letter, and what it proves."""

    receipt: Receipt
    said: Proved

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the act said; nothing where that was erased."""
        return self.said.facts or {}


def doubted(card: Card, heard: Sequence[Heard], records: str) -> Iterator[Fault]:
    """What the receipts of a letter do not bear out. `records` is the path of its card."""
    told = sorted((each for each in heard if each.said.facts is not None), key=lambda each: each.said.position)
    number, numbers = {"number": card.number}, _numbers(card, told)
    registered = [each for each in heard if each.said.act == Event.DOCUMENT_REGISTERED]
    begun = next((each for each in registered if each.facts.get("number") in numbers), None)
    if begun is None and all(each.said.facts is not None for each in registered):
        yield Fault(records, "archive.fault.not_registered", number)
    for each in heard:
        if each.said.act != each.receipt.act or (each.said.facts is not None and not _is_of(each, begun, numbers)):
            yield Fault(each.receipt.path, "archive.fault.other_letter", number)
    last = next((each for each in reversed(told) if each.said.act in ON_THE_CARD), None)
    for name, fact in FIELDS.items():
        if last is not None and card.told.get(name, "") != _text(name, last.facts.get(fact)):
            yield Fault(records, "archive.fault.other_card", {**number, "field": name})
            break
    vouched = _papers(told)
    for path, sha256, signed in card.papers:
        if not signed and sha256 not in vouched:
            yield Fault(path, "archive.fault.not_vouched", number)


def _numbers(card: Card, told: Sequence[Heard]) -> list[object]:
    """Its number, and those that it had before it was moved to another register."""
    numbers: list[object] = [card.number]
    for each in reversed(told):
        if each.said.act == Event.DOCUMENT_MOVED and each.facts.get("number") == numbers[-1]:
            numbers.append(each.facts.get("was"))
    return numbers


def _is_of(each: Heard, begun: Heard | None, numbers: Sequence[object]) -> bool:
    """Is it of the letter that was registered then, and of the paper that the card says?"""
    about, facts = each.receipt.sha256, each.facts
    same = begun is None or facts.get("document_id") == begun.facts.get("document_id")
    return same and facts.get("number") in numbers and (not about or facts.get("sha256", about) == about)


def _papers(told: Sequence[Heard]) -> set[str]:
    """The hashes of what the acts put on the letter and left there."""
    there: set[str] = set()
    for each in told:
        sha256 = str(each.facts.get("sha256"))
        if each.said.act == Event.CONTENT_WITHDRAWN:
            there.discard(sha256)
        else:
            there.add(sha256)
    return there


def _text(name: str, value: object) -> str:
    """A fact as a card says it."""
    if value is None:
        return ""
    if name == "registeredAt":
        try:
            return instant(datetime.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    return clean(str(value))
