"""Perhaps you meant: for a query without an answer, the nearest words that stand on cards she may see.

As with suggestions there is no list of words: her letters with a word that begins alike are proposed under her rights,
their cards are read under them again, and the nearest word there is offered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Unavailable
from edms.language import Kind, Token, analyse, query_terms
from edms.search.finding import question_of, seen_of
from edms.search.lines import cards
from edms.search.port import Filters, Index, Order

NEAR = 0.75  # of their letters two words must share, in their order
_READ = 150  # cards, the newest
_BEGINNINGS = (4, 3, 2)  # letters that the two begin with: the longest first
_WORDS = 3  # of the query


def nearest(session: Session, actor: Actor, text: str, *, index: Index) -> str | None:
    """The query with its misspelt words replaced; None when nothing near is known to her."""
    known: dict[str, str] = {}
    words = [token for token in analyse(text) if token.kind is Kind.WORD and len(token.exact) > _BEGINNINGS[-1]]
    try:
        for token in words[:_WORDS]:
            if near := _near(session, actor, index, token):
                known[token.surface] = near
    except Unavailable:
        return None
    meant = text
    for surface, near in known.items():
        meant = meant.replace(surface, near)
    return meant if meant != text else None


def _near(session: Session, actor: Actor, index: Index, token: Token) -> str | None:
    if _ids(session, actor, index, f'"{token.surface}"') or _ids(session, actor, index, token.surface):
        return None  # this word is known: another of the query is not
    key, best, how = _folded(token), None, NEAR
    for letters in _BEGINNINGS:
        found = _ids(session, actor, index, f"{token.surface[:letters]}*")
        counted = Counter(
            word.exact
            for card in cards(session, actor, found)
            for field in (card.summary, card.correspondent_name)
            for word in analyse(field or "")
            if word.kind is Kind.WORD and abs(len(word.exact) - len(key)) <= 3 + len(key) // 2
        )
        folds = {word: key if word == token.exact else _folded(analyse(word)[0]) for word in counted}
        for word, _ in counted.most_common():
            share = SequenceMatcher(None, key, folds[word], autojunk=False).ratio()
            if share > how:
                best, how = word, share
        if best is not None:
            return best
    return None


def _folded(token: Token) -> str:
    """A word in the letters of its Latin key, whatever script it was typed in."""
    return token.latin[0] if token.latin else token.exact


def _ids(session: Session, actor: Actor, index: Index, text: str) -> list[int]:
    asked = question_of(actor, query_terms(text), Filters(), Order.NEWEST)
    if not asked.query.wanted:
        return []
    proposed = index.propose(replace(asked, limit=_READ))
    return [row.document_id for row in seen_of(session, actor, proposed.document_ids, Filters())]
