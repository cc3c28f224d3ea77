"""Letters like this one: those of the reader's own that share the rare words of its card and its first pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.capture.models import PageText
from edms.errors import Unavailable
from edms.language import Kind, analyse, lexemes_of, query_terms
from edms.language.lexemes import STEM
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.search.finding import question_of, seen_of
from edms.search.lines import Hit, lit_lines
from edms.search.port import Alike, Asked, Filters, Index, Order
from edms.search.projection import papers
from edms.search.vector import coded

MOST = 5
OF_CARD, OF_TEXT = 8, 6  # words asked for
SHORTEST = 4  # letters: shorter words are particles
_PAGES, _LETTERS = 2, 3_000


def alike(session: Session, actor: Actor, document_id: int, *, index: Index) -> list[Hit]:
    """At most five letters like this one, the likest first; none while the index does not answer. Errors: NotFound."""
    document = document_of(session, actor, document_id)
    rights = question_of(actor, query_terms(""), Filters(), Order.NEWEST)
    asked = Alike(_words(session, document), document_id, rights.tokens, rights.organisation_ids, 2 * MOST)
    try:
        proposed = index.alike(asked) or _all_words(index, document, rights)
    except Unavailable:
        return []
    seen = [row.document_id for row in seen_of(session, actor, proposed, Filters())]
    return lit_lines(session, rights.query, seen[:MOST], passages=False)


def _all_words(index: Index, document: Document, rights: Asked) -> list[int]:
    """Where each word alone is common: the newest that have all words of its summary."""
    query = query_terms(document.summary)
    if not query.wanted:
        return []
    found = index.propose(replace(rights, query=query, limit=2 * MOST)).document_ids
    return [document_id for document_id in found if document_id != document.document_id]


def _words(session: Session, document: Document) -> tuple[str, ...]:
    """What it is about: the words of its card in their order, then those that its first pages say most often."""
    card = list(dict.fromkeys(_stems([document.summary, document.correspondent_name or ""])))
    counted = Counter(_stems(_texts(session, document.document_id)))
    text = [stem for stem, _ in counted.most_common() if stem not in card]
    return tuple(coded(stem) for stem in [*card[:OF_CARD], *text[:OF_TEXT]])


def _stems(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        for token in analyse(text):
            if token.kind is Kind.WORD and len(token.exact) >= SHORTEST:
                yield from (lexeme for lexeme in lexemes_of(token) if lexeme[0] == STEM)


def _texts(session: Session, document_id: int) -> list[str]:
    held = papers([document_id])
    found = select(func.left(PageText.text, _LETTERS)).join(held, held.c.content_id == PageText.content_id)
    return list(session.scalars(found.order_by(PageText.content_id, PageText.page).limit(_PAGES)))
