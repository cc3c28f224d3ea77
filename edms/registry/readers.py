"""Who may read a document, kept as reader tokens on its row (`edms.access.scope`).

People have `official:17`, given by an act that put the letter before them, and whoever the card names as its addressee
`addressee:17`: when another was meant, that goes, and what came by an act stays.
"""

from __future__ import annotations

from collections.abc import Iterable

from edms.access.scope import document_tokens
from edms.registry.models import Document

_PEOPLE = ("official:", "addressee:")


def at_registration(document: Document, *officials: int | None) -> None:
    """Set the first readers: the grade in the organisation, the unit, the addressee, and these people."""
    document.readers = document_tokens(
        organisation_id=document.organisation_id,
        grade=document.grade.value,
        unit_id=document.unit_id,
        officials=[person for person in officials if person is not None],
    )
    address(document, None, document.addressee_id)


def grant(document: Document, official_ids: Iterable[int]) -> None:
    """Let these people read it: the letter was put before them."""
    document.readers = sorted({*document.readers, *(f"official:{person}" for person in official_ids)})


def address(document: Document, before: int | None, now: int | None) -> bool:
    """Let the addressee read it, and whom the card named before no longer as such; did that change anything?"""
    kept = set(document.readers) - {f"addressee:{before}"} | ({f"addressee:{now}"} if now is not None else set())
    changed = kept != set(document.readers)
    document.readers = sorted(kept)
    return changed


def people_of(document: Document) -> list[int]:
    """The people who may read it by their own names, beside those whom its grade and unit let."""
    return sorted({_id(token) for token in document.readers if token.startswith(_PEOPLE)})


def pass_on(document: Document, to: Document) -> None:
    """The people of a document read another one too, each as she reads this one."""
    to.readers = sorted({*to.readers, *(token for token in document.readers if token.startswith(_PEOPLE))})


def regrade(document: Document) -> None:
    """After a correction of grade or unit: new tokens for those, the people stay."""
    people = [token for token in document.readers if token.startswith(_PEOPLE)]
    tokens = document_tokens(
        organisation_id=document.organisation_id, grade=document.grade.value, unit_id=document.unit_id
    )
    document.readers = sorted({*tokens, *people})


def _id(token: str) -> int:
    return int(token.partition(":")[2])
