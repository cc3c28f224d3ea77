"""What is indexed of a document: the words of its card, and the text of the papers that belong to it.

Number, their number, correspondent, summary, annexes, case index and names of papers count as the card; pages come
after them, those read by OCR with the least weight. Withdrawn papers are not found. Attachments of a mail are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnClause, Text, func, literal_column, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from edms.capture.models import PageText, TextSource
from edms.language import analyse, lexemes_of
from edms.registry.models import Content, Document, DocumentContent
from edms.search.port import Entry, Weight

GAP = 8  # places between fields and pages, so that no phrase goes from one into the next
_COMMA: ColumnClause[str] = literal_column("','")


@dataclass(frozen=True)
class Passage:
    """A run of text with its weights: of the written forms, and of their stems and keys."""

    text: str
    exact: Weight
    stem: Weight


def entries_of(session: Session, document_ids: Sequence[int]) -> list[Entry]:
    """The entries of these documents as they are now; documents that are gone have none."""
    documents = session.scalars(
        select(Document).where(Document.document_id.in_(document_ids)).execution_options(populate_existing=True)
    )
    stamps = stamps_of(session, document_ids)
    return [_entry(session, document, stamps[document.document_id]) for document in documents]


def stamps_of(session: Session, document_ids: Sequence[int]) -> dict[int, str]:
    """The stamps of documents as they are now: version of the card, its papers, and what their pages say."""
    held_by = papers(document_ids)
    page = func.concat_ws(".", PageText.page_text_id, PageText.source, func.hashtextextended(PageText.text, 0))
    pages = (
        select(
            held_by.c.document_id,
            func.md5(func.string_agg(page, aggregate_order_by(_COMMA, PageText.page_text_id))).label("pages"),
        )
        .join(PageText, PageText.content_id == held_by.c.content_id)
        .group_by(held_by.c.document_id)
        .subquery()
    )
    held = (
        select(
            held_by.c.document_id,
            func.md5(
                func.string_agg(sql_cast(held_by.c.content_id, Text), aggregate_order_by(_COMMA, held_by.c.content_id))
            ).label("papers"),
        )
        .group_by(held_by.c.document_id)
        .subquery()
    )
    found = (
        select(Document.document_id, func.concat_ws(":", Document.version, held.c.papers, pages.c.pages))
        .outerjoin(held, held.c.document_id == Document.document_id)
        .outerjoin(pages, pages.c.document_id == Document.document_id)
        .where(Document.document_id.in_(document_ids))
    )
    return dict(session.execute(found).all())


def papers(document_ids: Sequence[int]) -> CTE:
    """Document and content ids of the papers that belong to documents now, attachments of attachments too."""
    own = (
        select(DocumentContent.document_id, DocumentContent.content_id)
        .where(DocumentContent.document_id.in_(document_ids), DocumentContent.withdrawn_at.is_(None))
        .cte("papers", recursive=True)
    )
    return own.union(select(own.c.document_id, Content.content_id).join(own, Content.parent_id == own.c.content_id))


def _entry(session: Session, document: Document, stamp: str) -> Entry:
    return Entry(
        document_id=document.document_id,
        organisation_id=document.organisation_id,
        register_id=document.register_id,
        unit_id=document.unit_id,
        correspondent_id=document.correspondent_id,
        state=document.state.value,
        language=document.language,
        year=document.year,
        serial=document.serial,
        registered_at=document.registered_at,
        registered_on=document.registered_on,
        readers=tuple(document.readers),
        lexemes=tuple(placed(_passages(session, document))),
        stamp=stamp,
    )


def _passages(session: Session, document: Document) -> Iterator[Passage]:
    card = (
        document.number,
        document.their_number,
        document.their_date.isoformat() if document.their_date else None,
        document.document_on.isoformat() if document.document_on else None,
        document.correspondent_name,
        document.summary,
        document.case_index,
        document.annexes,
    )
    yield from (Passage(text, Weight.CARD, Weight.CARD_STEM) for text in card if text)
    held = papers([document.document_id])
    content_ids = select(held.c.content_id)
    names = session.scalars(
        select(Content.name).where(Content.content_id.in_(content_ids)).order_by(Content.content_id)
    )
    yield from (Passage(name, Weight.TEXT, Weight.REST) for name in names)
    pages = (
        select(PageText.text, PageText.source)
        .where(PageText.content_id.in_(content_ids))
        .order_by(PageText.content_id, PageText.page)
        .execution_options(yield_per=50)
    )
    for text, source in session.execute(pages):
        yield Passage(text, Weight.REST if source is TextSource.OCR else Weight.TEXT, Weight.REST)


def placed(passages: Iterable[Passage]) -> Iterator[tuple[str, int, Weight]]:
    """The lexemes of passages in reading order with their places; no two passages are neighbours."""
    start = 1  # places of a tsvector begin at 1
    for passage in passages:
        last = 0
        for token in analyse(passage.text):
            last = token.place
            for lexeme in lexemes_of(token):
                yield lexeme, start + token.place, passage.stem if lexeme[0] in "slr" else passage.exact
        start += last + GAP
