"""What the history keeps as values, in words: a changed field of a card, the reason of a number that stands on nothing."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from edms import words
from edms.staff.models import Official, Unit

LABELS = {
    "channel": "card.channel", "received_on": "counter.received_on", "correspondent_id": "card.correspondent",
    "correspondent_name": "card.correspondent", "correspondent_address": "card.address", "document_type": "card.type",
    "addressee_id": "card.addressee", "unit_id": "counter.unit", "envelope_kept": "intake.envelope_is_kept",
    "opens_id": "intake.opens", "number": "web.line.number",
    **{name: f"intake.{name}" for name in (
        "authorship", "parties", "also_to", "signatures", "postmark_on", "postal_barcode", "filed_on", "valuables", "handed_to",
    )},
}  # fmt: skip
WORDS = {
    "channel": "registry.channel", "document_type": "registry.document_type", "grade": "registry.grade",
    "language": "language.name", "authorship": "registry.authorship",
}  # fmt: skip


def said(session: Session, language: str, name: str, before: object, after: object) -> tuple[str, str, str]:
    """The field's label, its value before and after, as the card shows them."""
    label = words.say(language, LABELS.get(name, f"card.{name}"))
    return label, _value(session, language, name, before), _value(session, language, name, after)


def reason(language: str, text: str | None) -> str:
    """The reason of a void or reserved number; a part that a machine wrote down as a message is said in words."""
    parts = (text or "").split(" · ")
    return " · ".join(words.say(language, part) if part.startswith("registry.") else part for part in parts)


def _value(session: Session, language: str, name: str, value: object) -> str:
    if value is True:
        return words.say(language, "intake.yes")
    if value in (None, "", [], False):
        return "—"
    if name in ("addressee_id", "unit_id", "opens_id") and isinstance(value, int):
        found = session.get(Unit, value) if name == "unit_id" else session.get(Official, value)
        return found.name(language) if found is not None else "—"
    if name in ("executors", "handed_to") and isinstance(value, list):
        people = [session.get(Official, ident) for ident in value]
        return words.list_of(language, [each.name(language) for each in people if each is not None])
    if name in WORDS:
        return words.say(language, f"{WORDS[name]}.{value}")
    if name.endswith(("_on", "_date")):
        return words.date(language, date.fromisoformat(str(value)))
    return str(value)
