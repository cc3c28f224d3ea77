"""What is indexed of a document: the words of its card, and the text of the papers that belong to it.

Summary, numbers and days say what a letter is about; correspondents, annexes and case index are the rest of its card; names of
papers and pages come after them, what they say often for their length before what they say in passing, and last, with the
least weight, what words read in doubt may be. Withdrawn papers are not found. Attachments of a mail are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    ColumnClause,
    ColumnElement,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from edms.capture.models import PageText
from edms.language import analyse, lexemes_of
from edms.registry import former
from edms.registry.intake.keeping import parties_of
from edms.registry.intake.models import DocumentParty
from edms.registry.models import Content, Document, DocumentContent, Number
from edms.search import facts
from edms.search.port import Entry, Standing, Weight

PIECE_PAGES = 400
"""So many pages are held in memory at once: their words take a hundred times the room of a letter."""
SELDOM = 150
"""Words: what comes more seldom is said in passing."""
GAP = 8  # places between fields and pages, so that no phrase goes from one into the next
Held = Sequence[tuple[int, int]]
"""Documents and contents that are their papers now, in their order."""
_COMMA: ColumnClause[str] = literal_column("','")


@dataclass(frozen=True)
class Passage:
    """A run of text, and where it stands."""

    text: str
    weight: Weight


def pieces(session: Session, document_ids: Sequence[int]) -> Iterator[list[int]]:
    """The documents in their order, in pieces whose papers fit into memory; a very long one stands alone."""
    held = _held(session, document_ids)
    counted = select(PageText.content_id, func.count()).where(_is_one_of(PageText.content_id, _contents(held)))
    of: dict[int, int] = dict(session.execute(counted.group_by(PageText.content_id)).all())
    pages = Counter[int]()
    for document_id, content_id in held:
        pages[document_id] += of.get(content_id, 0)
    piece: list[int] = []
    room = PIECE_PAGES
    for document_id in document_ids:
        room -= pages[document_id]
        if room < 0 and piece:
            yield piece
            piece, room = [], PIECE_PAGES - pages[document_id]
        piece.append(document_id)
    if piece:
        yield piece


def entries_of(session: Session, document_ids: Sequence[int]) -> list[Entry]:
    """The entries of these documents as they are now; documents that are gone have none."""
    documents = session.scalars(
        select(Document).where(_is_one_of(Document.document_id, document_ids)).execution_options(populate_existing=True)
    )
    held = _held(session, document_ids)
    stamps = _stamps(session, document_ids, held)
    names, pages = _names(session, held), _pages(session, held)
    parties = parties_of(session, document_ids)
    before = former.of(session, document_ids)
    people = facts.people_of(session, document_ids)
    return [
        _entry(
            document,
            stamps[document.document_id],
            parties.get(document.document_id, ()),
            people.get(document.document_id, ()),
            [
                *_card(document, parties.get(document.document_id, ()), before.get(document.document_id, ())),
                *names[document.document_id],
                *pages[document.document_id],
            ],
        )
        for document in documents
    ]


def stamps_of(session: Session, document_ids: Sequence[int]) -> dict[int, str]:
    """The stamps of documents as they are now: version of the card, its papers, what their pages say, and its people."""
    return _stamps(session, document_ids, _held(session, document_ids))


def _stamps(session: Session, document_ids: Sequence[int], papers_held: Held) -> dict[int, str]:
    documents, contents = ([each[nth] for each in papers_held] for nth in (0, 1))
    both = (
        func.unnest(_ids(documents), _ids(contents))
        .table_valued("document_id", "content_id", name="each")
        .render_derived()
    )
    held = select(both.c.document_id, both.c.content_id).cte("held")
    page = func.concat_ws(
        ".", PageText.page_text_id, PageText.source, func.hashtextextended(PageText.text + PageText.alternatives, 0)
    )
    pages = (
        select(
            held.c.document_id,
            func.md5(func.string_agg(page, aggregate_order_by(_COMMA, PageText.page_text_id))).label("pages"),
        )
        .join(PageText, PageText.content_id == held.c.content_id)
        .group_by(held.c.document_id)
        .subquery()
    )
    papers = (
        select(
            held.c.document_id,
            func.md5(
                func.string_agg(sql_cast(held.c.content_id, Text), aggregate_order_by(_COMMA, held.c.content_id))
            ).label("papers"),
        )
        .group_by(held.c.document_id)
        .subquery()
    )
    people = facts.stamps(document_ids).subquery()
    found = (
        select(
            Document.document_id,
            func.concat_ws(":", Document.version, papers.c.papers, pages.c.pages, people.c.people),
        )
        .outerjoin(papers, papers.c.document_id == Document.document_id)
        .outerjoin(pages, pages.c.document_id == Document.document_id)
        .outerjoin(people, people.c.document_id == Document.document_id)
        .where(_is_one_of(Document.document_id, document_ids))
    )
    return dict(session.execute(found).all())


def papers(document_ids: Sequence[int]) -> CTE:
    """Document and content ids of the papers that belong to documents now, attachments of attachments too."""
    own = (
        select(DocumentContent.document_id, DocumentContent.content_id)
        .where(_is_one_of(DocumentContent.document_id, document_ids), DocumentContent.withdrawn_at.is_(None))
        .cte("papers", recursive=True)
    )
    return own.union(select(own.c.document_id, Content.content_id).join(own, Content.parent_id == own.c.content_id))


def _held(session: Session, document_ids: Sequence[int]) -> Held:
    """The same, read: one walk for all that is asked of them."""
    found = papers(document_ids)
    return sorted(
        (document_id, content_id)
        for document_id, content_id in session.execute(select(found.c.document_id, found.c.content_id))
    )


def _contents(held: Held) -> list[int]:
    return sorted({content_id for _, content_id in held})


def _ids(values: Sequence[int]) -> BindParameter[Any]:
    return bindparam("ids", list(values), type_=ARRAY(BigInteger), unique=True)


def _is_one_of(column: Any, values: Sequence[int]) -> ColumnElement[bool]:
    """One array and not a place for each: a statement that is the same for any number of them is prepared once."""
    return column == any_(_ids(values))  # type: ignore[no-any-return]


def _entry(
    document: Document,
    stamp: str,
    parties: Sequence[DocumentParty],
    people: Sequence[tuple[str, int]],
    passages: Sequence[Passage],
) -> Entry:
    return Entry(
        document_id=document.document_id,
        organisation_id=document.organisation_id,
        register_id=document.register_id,
        unit_id=document.unit_id,
        correspondent_id=document.correspondent_id,
        state=document.state.value,
        language=document.language,
        year=document.registered_on.year,
        serial=document.serial,
        registered_at=document.registered_at,
        registered_on=document.registered_on,
        readers=tuple(document.readers),
        words=tuple(placed(passages)),
        stamp=stamp,
        received_on=document.received_on,
        dated_on=document.document_on or document.their_date,
        facts=facts.facts_of(document, people),
        further_senders=tuple(party.correspondent_id for party in parties if party.correspondent_id is not None),
    )


def _card(document: Document, parties: Sequence[DocumentParty], before: Sequence[Number]) -> list[Passage]:
    subject = (
        document.number,
        *(number.text for number in before),
        document.their_number,
        document.their_date.isoformat() if document.their_date else None,
        document.document_on.isoformat() if document.document_on else None,
        document.summary,
    )
    rest = (document.correspondent_name, document.case_index, document.annexes, *(party.name for party in parties))
    return [
        Passage(text, weight)
        for weight, texts in ((Weight.SUBJECT, subject), (Weight.CARD, rest))
        for text in texts
        if text
    ]


def _names(session: Session, held: Held) -> Mapping[int, list[Passage]]:
    """The names of each document's papers."""
    found = select(Content.content_id, Content.name).where(_is_one_of(Content.content_id, _contents(held)))
    called: dict[int, str] = dict(session.execute(found).all())
    names: dict[int, list[Passage]] = defaultdict(list)
    for document_id, content_id in held:
        names[document_id].append(Passage(called[content_id], Weight.TEXT))
    return names


def _pages(session: Session, held: Held) -> Mapping[int, list[Passage]]:
    """The pages of each document's papers, in reading order."""
    found = (
        select(PageText.content_id, PageText.text, PageText.alternatives)
        .where(_is_one_of(PageText.content_id, _contents(held)))
        .order_by(PageText.content_id, PageText.page)
    )
    read: dict[int, list[Passage]] = defaultdict(list)
    for content_id, text, alternatives in session.execute(found):
        read[content_id].append(Passage(text, Weight.TEXT))
        if alternatives:
            read[content_id].append(Passage(alternatives, Weight.DOUBT))
    pages: dict[int, list[Passage]] = defaultdict(list)
    for document_id, content_id in held:
        pages[document_id] += read.get(content_id, ())
    return pages


def placed(passages: Iterable[Passage]) -> Iterator[Standing]:
    """The words of passages in reading order with their places; no two passages are neighbours."""
    read = [(analyse(passage.text), passage.weight) for passage in passages]
    often = _often(token.stem for tokens, weight in read if weight is Weight.TEXT for token in tokens)
    start = 1  # places of a tsvector begin at 1
    for tokens, weight in read:
        seldom = Weight.REST if weight is Weight.TEXT else weight
        last = 0
        for token in tokens:
            last = token.place
            yield lexemes_of(token), start + last, weight if token.stem in often else seldom
        start += last + GAP


def _often(stems: Iterable[str]) -> Set[str]:
    """What the papers of a letter say at least once in SELDOM words: what a short letter says, and a long one repeats."""
    counted = Counter(stems)
    least = counted.total() / SELDOM
    return {stem for stem, many in counted.items() if many >= least}
