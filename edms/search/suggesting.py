"""Suggestions as one types: numbers, correspondents, words and case indexes that stand on cards she may see.

There is no list of words anywhere: the index proposes the newest of her letters with a word that begins so, under her
rights, the database reads their cards under them again, and what is lit there is offered. What she may not see changes
neither what is offered nor how much is read for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Unavailable
from edms.language import Query, analyse, lit_tokens, normalise, query_terms
from edms.search.finding import question_of
from edms.search.lines import cards
from edms.search.port import Filters, Index, Order

READ = 60  # cards, the newest
LEAST = 2  # letters typed of a word
MOST = 8


class Offered(StrEnum):
    """What a suggestion is, in the order they come."""

    NUMBER = "number"
    CORRESPONDENT = "correspondent"
    WORD = "word"
    CASE_INDEX = "case_index"


_QUOTES = str.maketrans(dict.fromkeys('"“”„«»‟', " "))
ROOM = {Offered.NUMBER: 3, Offered.CORRESPONDENT: 3, Offered.WORD: 4, Offered.CASE_INDEX: 2}


@dataclass(frozen=True)
class Suggestion:
    """`text` is as it stands on a card; `query` is what was typed with it in the place of the last word."""

    kind: Offered
    text: str
    query: str
    correspondent_id: int | None = None


def suggest(
    session: Session, actor: Actor, text: str, *, index: Index, filters: Filters = Filters()
) -> list[Suggestion]:
    """What may be meant by a query whose last word is being typed; nothing while its index does not answer."""
    before, last = _parts(text)
    if len(last) < LEAST:
        return []
    asked = query_terms(f"{text}*")
    beginning = Query(last, asked.clauses[-1:])
    if not beginning.wanted:
        return []
    try:
        proposed = index.propose(replace(question_of(actor, asked, filters, Order.NEWEST), limit=READ))
    except Unavailable:
        return []
    found = _offered(cards(session, actor, proposed.document_ids), beginning)
    rows = [
        Suggestion(kind, words, f"{before}{_typed(kind, words)}", ident)
        for kind in Offered
        for (words, ident), _ in found[kind].most_common(ROOM[kind])
        if kind is Offered.CORRESPONDENT or words.casefold() != last.casefold()
    ]
    return rows[:MOST]


def _parts(text: str) -> tuple[str, str]:
    """What stands before the last word, and the word; no word where it is finished, excluded, quoted or starred."""
    head, space, last = text.rpartition(" ")
    if last.startswith(("-", "\u2212", '"', "„", "«", "“")) or last.endswith(("*", '"', "“", "”", "»")):
        return text, ""
    return head + space, last


def _offered(rows: Sequence[Any], beginning: Query) -> dict[Offered, Counter[tuple[str, int | None]]]:
    found: dict[Offered, Counter[tuple[str, int | None]]] = {kind: Counter() for kind in Offered}
    for card in rows:
        if _lit(card.number, beginning):
            found[Offered.NUMBER][card.number, None] += 1
        if card.correspondent_name and card.correspondent_id and _lit(card.correspondent_name, beginning):
            found[Offered.CORRESPONDENT][card.correspondent_name, card.correspondent_id] += 1
        if card.case_index and _lit(card.case_index, beginning):
            found[Offered.CASE_INDEX][card.case_index, None] += 1
        for word in dict.fromkeys(_lit(card.summary, beginning)):
            found[Offered.WORD][word, None] += 1
    return found


def _lit(text: str, beginning: Query) -> list[str]:
    return [normalise(token.surface) for token in lit_tokens(analyse(text), beginning)]


def _typed(kind: Offered, words: str) -> str:
    """A name or an index of several words is asked for as one; quotes within it would end it."""
    words = " ".join(words.translate(_QUOTES).split())
    return f'"{words}"' if kind in (Offered.CORRESPONDENT, Offered.CASE_INDEX) and " " in words else words
