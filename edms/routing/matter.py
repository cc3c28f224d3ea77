"""What the policy table sees of a step in routing, and the lock that puts the steps on one letter in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from edms.db.locking import locked
from edms.errors import RuleBroken
from edms.events import Subject
from edms.registry.models import Document
from edms.registry.words import DocumentState


@dataclass(frozen=True)
class Matter:
    """A document together with the person whose word or work is asked for."""

    organisation_id: int
    unit_id: int | None
    readers: Sequence[str]
    official_id: int | None = None
    author_id: int | None = None


def matter(document: Document, *, official_id: int | None = None, author_id: int | None = None) -> Matter:
    """The document with the person before whom it lies, or on whose word it goes."""
    return Matter(document.organisation_id, document.unit_id, document.readers, official_id, author_id)


def hold(session: Session, document_id: int, *things: object) -> Document:
    """Lock the document and read it and `things` afresh: two steps on one letter never see each other's half."""
    document = locked(session, Document, document_id)
    for thing in things:
        session.refresh(thing)
    return document


def require_open(document: Document) -> None:
    """Refuse steps on a letter that lies in its case file: its answer is given. Errors: RuleBroken.

    Papers of our own, such as orders, are filed when they are signed and executed after.
    """
    if document.state is DocumentState.FILED and document.kind.comes_in:
        raise RuleBroken("routing.document_filed", number=document.number)


def subject(document: Document, kind: str, subject_id: int) -> Subject:
    """The subject of an event about a part of the document's course."""
    return Subject(kind, subject_id, document_id=document.document_id)
