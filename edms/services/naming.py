"""Letters that are meant by their number: exactly one, or a refusal that lists those that fit.

Registers draw their numbers apart from one another, and begin anew with the year: several letters may have the same.
Who means one of them writes its register's code and its day behind the number, as the refusal shows it:
"7, app, 09.03.2026"; what is enough to tell it from the others is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.access.scope import visible
from edms.errors import Invalid
from edms.registry import former
from edms.registry.models import Document

SEVERAL = "proceedings.several_so_numbered"
MOST = 50


def letters(session: Session, organisation_id: int, text: str, *, actor: Actor | None = None) -> list[Document]:
    """The letters of an organisation that such a text may mean, the oldest first; with an actor those that she may read."""
    for behind in range(3):  # a number may have a comma of its own
        number, *told = [part.strip() for part in text.rsplit(",", behind)]
        found = _numbered(session, organisation_id, number, actor) if len(told) == behind else []
        if fitting := [each for each in found if all(_is_told(each, part) for part in told)]:
            return fitting
    return []


def written(document: Document, language: str) -> str:
    """The text that means this letter and no other."""
    return f"{document.number}, {document.register.code}, {words.date(language, document.registered_on)}"


def listed(documents: Sequence[Document], language: str) -> str:
    """Those that fit, each as one writes it to mean it."""
    return " · ".join(written(each, language) for each in documents)


def several(field: str, documents: Sequence[Document], language: str) -> Invalid:
    """The refusal of a number that several letters have."""
    return Invalid(SEVERAL, fields={field: SEVERAL}, letters=listed(documents, language))


def _numbered(session: Session, organisation_id: int, number: str, actor: Actor | None) -> list[Document]:
    found = select(Document).where(
        Document.organisation_id == organisation_id,
        or_(Document.number == number, Document.document_id.in_(former.named(number))),
    )
    if actor is not None:
        found = found.where(visible(actor, Document.readers))
    return list(session.scalars(found.order_by(Document.document_id).limit(MOST)))


def _is_told(document: Document, part: str) -> bool:
    """Is it the code of its register, or its day? Days that are told from today mean nothing here."""
    on = words.read_date(part, date.max)
    return part.casefold() == document.register.code.casefold() or on == document.registered_on
