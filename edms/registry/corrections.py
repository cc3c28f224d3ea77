"""Corrections: events with a reason, never overwrites. The old value stays in the history; number and dates of
registration are not corrected at all (a wrong register means a void and a new number)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid, RuleBroken
from edms.registry import closeness, corrected, facts, readers
from edms.registry.card import Card, check, clean, cleaned
from edms.registry.intake.card import SPOKEN
from edms.registry.models import Correspondent, Document, Register
from edms.registry.words import Authorship, DocumentState
from edms.staff.models import Organisation

CORRECTABLE = tuple(f.name for f in fields(Card) if f.name not in ("links", "authorship"))


def card_of(document: Document) -> Card:
    """The present card of a document."""
    return Card(authorship=document.authorship, **{name: getattr(document, name) for name in CORRECTABLE})


def correct(
    session: Session, actor: Actor, document: Document, changes: Mapping[str, Any], *, reason: str, version: int
) -> Document:
    """Change fields of the card, with a reason. Nothing changed is no event.

    Errors: Invalid (fields, reason), Conflict on a stale edit, RuleBroken once the document is in its case file.
    """
    require_open(actor, document, version)
    if unknown := set(changes) - set(CORRECTABLE):
        raise Invalid(fields=dict.fromkeys(sorted(unknown), "registry.field_not_correctable"))
    reason = required(reason)
    book = session.get_one(Register, document.register_id)
    zone = session.get_one(Organisation, document.organisation_id).time_zone
    card = cleaned(replace(card_of(document), **_with_correspondent(session, changes)))
    check(session, book, card, clock.today(zone), besides=closeness.refused(session, document, card.grade))
    if (card.channel in SPOKEN) != (document.channel in SPOKEN):
        raise Invalid(fields={"channel": "intake.channel_stays"})
    before = {name: getattr(document, name) for name in CORRECTABLE}
    changed = {name: getattr(card, name) for name in CORRECTABLE if getattr(card, name) != before[name]}
    if not changed:
        return document
    for name, value in changed.items():
        setattr(document, name, value)
    if document.authorship is Authorship.ANONYMOUS and card.correspondent_name:
        document.authorship = Authorship.ONE  # who wrote it is known now
    readers.regrade(document)
    if "addressee_id" in changed:
        closeness.address(session, document, before["addressee_id"])
    told = {name: facts.plain(value) for name, value in changed.items()}
    stood = {name: facts.plain(before[name]) for name in changed}
    corrected.write(session, actor, document, reason, stood, told)
    if "grade" in changed:
        closeness.follow(session, actor, document)
    return document


def require_open(actor: Actor, document: Document, version: int) -> None:
    """Refuse who may not correct, a stale edit, and what lies in its case file. Errors: Forbidden, Conflict, RuleBroken."""
    require(actor, Permission.DOCUMENT_CORRECT, document)
    if document.version != version:
        raise Conflict("error.stale")
    if document.state is DocumentState.FILED:
        raise RuleBroken("registry.filed_is_closed", number=document.number)


def required(reason: str) -> str:
    """The reason, cleaned. Errors: Invalid without one."""
    if not (kept := clean(reason) or ""):
        raise Invalid(fields={"reason": "registry.reason_missing"})
    return kept


def _with_correspondent(session: Session, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Another correspondent brings its name and address, unless those were entered too."""
    full = dict(changes)
    if full.get("correspondent_id") is not None:
        chosen = session.get(Correspondent, full["correspondent_id"])
        if chosen is not None:
            full.setdefault("correspondent_name", chosen.name)
            full.setdefault("correspondent_address", chosen.address)
    return full
