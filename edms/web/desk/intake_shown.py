"""What was noted at the counter beside the card, as the letter's page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from edms import words
from edms.overview.there import ALL, There
from edms.registry.intake import acts, keeping
from edms.registry.intake.models import DocumentIntake, DocumentValuable, SpokenRecord
from edms.registry.models import Document
from edms.registry.words import Authorship
from edms.staff.models import Official
from edms.web.kit import language, t, zone


def of(session: Session, document: Document, there: There = ALL) -> dict[str, Any]:
    """The facts beside the card as (words, words), what was said in its paragraphs, the valuables as lines, and who
    opens what is closed."""
    kept = keeping.kept(session, document) if there.counter else keeping.NONE_KEPT
    envelope = _envelope(session, kept.intake)
    rows = [*_senders(document, kept), *_noted(kept.intake), *_spoken(session, document, kept.spoken)]
    if not document.closed:
        rows.append((t("intake.envelope"), envelope))
    return {
        "facts": rows,
        "said": kept.spoken.text.split("\n") if kept.spoken else [],
        "valuables": [_valuable(session, each) for each in kept.valuables],
        "opens": _name(session, kept.intake.opens_id) if kept.intake and document.closed else "",
        "envelope": envelope,
    }


def _senders(document: Document, kept: keeping.Kept) -> Iterator[tuple[str, str]]:
    if document.authorship is not Authorship.ONE:
        said = t(f"registry.authorship.{document.authorship.value}")
        if kept.intake is not None and kept.intake.signatures:
            said += " · " + t("intake.signatures_n", n=kept.intake.signatures)
        yield t("intake.authorship"), said
    names = [party.name + (f" ({party.address})" if party.address else "") for party in kept.parties]
    yield t("intake.parties"), "; ".join(names)


def _noted(intake: DocumentIntake | None) -> Iterator[tuple[str, str]]:
    if intake is None:
        return
    speaks = language()
    yield t("intake.also_to"), "; ".join(filter(None, map(str.strip, (intake.also_to or "").split("\n"))))
    yield t("intake.postmark_on"), words.date(speaks, intake.postmark_on) if intake.postmark_on else ""
    yield t("intake.postal_barcode"), intake.postal_barcode or ""
    yield t("intake.envelope_is_kept"), t("intake.yes") if intake.envelope_kept else ""
    yield t("intake.filed_on"), words.date(speaks, intake.filed_on) if intake.filed_on else ""


def _envelope(session: Session, intake: DocumentIntake | None) -> str:
    """What became of the closed envelope."""
    if intake is None or intake.envelope is None:
        return ""
    kind = t(f"intake.envelope.{intake.envelope.value}")
    if intake.opened_at is None:
        return kind
    at = words.datetime(language(), intake.opened_at, zone())
    return t("intake.was_opened", kind=kind, at=at, name=_name(session, intake.opened_by_id))


def _spoken(session: Session, document: Document, spoken: SpokenRecord | None) -> Iterator[tuple[str, str]]:
    if spoken is None:
        return
    at = words.datetime(language(), spoken.said_at, zone())
    yield t("intake.said_at"), " · ".join(filter(None, (at, spoken.place)))
    yield t("intake.confirmation"), _confirmed(session, document, spoken)


def _confirmed(session: Session, document: Document, spoken: SpokenRecord) -> str:
    if spoken.refused_at is not None:
        day = words.datetime(language(), spoken.refused_at, zone())
        who = _name(session, spoken.refused_by_id)
        return t("intake.confirmation.refused", at=day, name=who, reason=spoken.refused_reason or "")
    return t("intake.confirmation.signed" if acts.is_signed(session, document) else "intake.confirmation.awaited")


def _valuable(session: Session, each: DocumentValuable) -> str:
    """ "Banknotes × 2 · 1 000,50 ლარი · Gocha Kvaratskhelia"."""
    money = words.money(language(), each.amount, each.currency) if each.amount is not None and each.currency else ""
    what = f"{each.what} × {words.number(language(), each.count)}"
    return " · ".join(filter(None, (what, money, _name(session, each.handed_to_id))))


def _name(session: Session, official_id: int | None) -> str:
    person = session.get(Official, official_id) if official_id else None
    return person.name(language()) if person is not None else ""
