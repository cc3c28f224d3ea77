"""Who may read a document, kept as reader tokens on its row (`edms.access.scope`)."""

from __future__ import annotations

from collections.abc import Iterable

from edms.access.scope import document_tokens
from edms.registry.models import Document


def at_registration(document: Document, *officials: int | None) -> None:
    """Set the first readers: the grade in the organisation, the unit, and the people named on the card."""
    document.readers = document_tokens(
        organisation_id=document.organisation_id,
        grade=document.grade.value,
        unit_id=document.unit_id,
        officials=[person for person in officials if person is not None],
    )


def grant(document: Document, official_ids: Iterable[int]) -> None:
    """Let these people read it: the letter was put before them."""
    document.readers = sorted({*document.readers, *(f"official:{person}" for person in official_ids)})


def people_of(document: Document) -> list[int]:
    """The people who may read it by their own names, beside those whom its grade and unit let."""
    return [int(token.removeprefix("official:")) for token in document.readers if token.startswith("official:")]


def regrade(document: Document) -> None:
    """After a correction of grade or unit: new tokens for those, the people stay."""
    people = people_of(document)
    document.readers = document_tokens(
        organisation_id=document.organisation_id, grade=document.grade.value, unit_id=document.unit_id, officials=people
    )
