"""An index that is nothing but the rules: what every engine must answer, written to be read rather than to be fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from edms.language import Clause, Term
from edms.search.port import (
    COMMON,
    EXACTLY,
    FACETS,
    LIKE,
    NEARLY,
    SIDE_BY_SIDE,
    WORTH,
    Alike,
    Asked,
    Entry,
    Order,
    Proposal,
    Weight,
    pairs,
    worth,
)  # fmt: skip
from edms.search.projection import Passage, placed
from edms.search.vector import Kept, anywhere, coded, kept, without_near

BEGIN = datetime(2025, 5, 2, 8, 0, tzinfo=UTC)


class ModelIndex:
    """See `edms.search.port.Index`."""

    def __init__(self) -> None:
        self.entries: dict[int, tuple[Entry, Kept]] = {}

    def propose(self, asked: Asked) -> Proposal:
        found = [entry for entry, words in self.entries.values() if _answers(asked, entry, words)]
        found.sort(key=_newest, reverse=True)
        found, more = found[: asked.limit], len(found) > asked.limit
        if asked.order is Order.BEST and asked.query.clauses:
            found.sort(key=lambda entry: _rank(asked, self.entries[entry.document_id][1]), reverse=True)
        return Proposal(tuple(entry.document_id for entry in found), more)

    def alike(self, asked: Alike) -> tuple[int, ...]:
        mine = [(entry, words.words) for entry, words in self.entries.values() if _may(asked, entry)]
        having = {word: sum(word in words for _, words in mine) for word in asked.words}
        telling = {word: worth(many) for word, many in having.items() if 1 < many <= COMMON}
        shared = [(entry, [told for word, told in telling.items() if word in words]) for entry, words in mine]
        likest = [
            (sum(told), _newest(entry))
            for entry, told in shared
            if entry.document_id != asked.document_id and sum(told) >= LIKE
        ]
        return tuple(document_id for _, (_, document_id) in sorted(likest, reverse=True)[: asked.limit])

    def put(self, entries: Sequence[Entry]) -> Mapping[int, str]:
        self.entries |= {entry.document_id: (entry, kept(entry.words)) for entry in entries}
        return {}

    def drop(self, document_ids: Sequence[int]) -> None:
        for document_id in document_ids:
            self.entries.pop(document_id, None)

    def stamps(self, after: int, until: int) -> dict[int, str]:
        return {i: entry.stamp for i, (entry, _) in self.entries.items() if after < i <= until}

    def count(self, before: datetime) -> int:
        return sum(entry.registered_at < before for entry, _ in self.entries.values())

    def clear(self) -> None:
        self.entries = {}

    def settle(self) -> None:
        """It is seen at once."""


def entry(
    document_id: int, card: str = "", text: str = "", *, sender: str = "", doubt: str = "",
    at: datetime | None = None, **facts: object,
) -> Entry:  # fmt: skip
    """An entry of these words, registered a minute after the one with the id before."""
    at = at or BEGIN + timedelta(minutes=document_id)
    passages = [
        Passage(card, Weight.SUBJECT),
        Passage(sender, Weight.CARD),
        Passage(text, Weight.TEXT),
        Passage(doubt, Weight.DOUBT),
    ]
    usual: dict[str, object] = {
        "organisation_id": 1, "register_id": 1, "unit_id": None, "correspondent_id": None, "state": "registered",
        "language": "ka", "year": at.year, "serial": document_id, "readers": ("org:1:open",), "stamp": f"s{document_id}",
    }  # fmt: skip
    words = tuple(placed(passage for passage in passages if passage.text))
    return Entry(
        document_id=document_id, registered_at=at, registered_on=at.date(), words=words, **(usual | facts)
    )  # type: ignore[arg-type]  # fmt: skip


def _newest(entry: Entry) -> tuple[datetime, int]:
    return entry.registered_at, entry.document_id


def _answers(asked: Asked, entry: Entry, words: Kept) -> bool:
    filters = asked.filters
    return (
        _may(asked, entry)
        and all(getattr(entry, f) in v for f, v in filters.chosen.items() if v and f in FACETS)
        and all(tokens & set(entry.facts) for tokens in filters.facts())
        and all(_between(getattr(entry, day), first, last) for day, first, last in filters.days())
        and (asked.before is None or _newest(entry) < asked.before)
        and not any(_holds(clause, words) for clause in asked.query.excluded)
        and (
            all(_holds(clause, words) for clause in asked.query.wanted)
            or (asked.query.most and sum(not _holds(without_near(clause), words) for clause in asked.query.wanted) == 1)
        )
    )


def _may(asked: Asked | Alike, entry: Entry) -> bool:
    return (asked.tokens is None or bool(asked.tokens & set(entry.readers))) and (
        asked.organisation_ids is None or entry.organisation_id in asked.organisation_ids
    )


def _between(day: date | None, first: date | None, last: date | None) -> bool:
    return day is not None and (first is None or day >= first) and (last is None or day <= last)


def _holds(clause: Clause, words: Kept) -> bool:
    if len(clause.terms) == 1:
        term = clause.terms[0]
        return bool(_found(term, words, (*anywhere(term), *term.near)))
    return _side_by_side(clause.terms, words)


def _side_by_side(terms: Sequence[Term], words: Kept) -> bool:
    found = [_found(term, words, term.lexemes) for term in terms]
    places = [{place for word in each for place, _ in words.words[word]} for each in found]
    return any(all(first + n in there for n, there in enumerate(places)) for first in places[0])


def _found(term: Term, words: Kept, lexemes: Sequence[str]) -> list[str]:
    wanted = [coded(lexeme) for lexeme in lexemes]
    if not term.prefix:
        return [word for word in wanted if word in words.words]
    return [word for word in words.words if word.startswith(tuple(wanted))]


def _rank(asked: Asked, words: Kept) -> float:
    terms = [term for clause in asked.query.wanted for term in clause.terms]
    beside = sum(_side_by_side(pair, words) for pair in pairs(asked.query))
    return round(sum(_worth(term, words) for term in terms) + beside * SIDE_BY_SIDE, 6)


def _worth(term: Term, words: Kept) -> float:
    found = {
        word: {weight for _, weight in words.words[word]} or {Weight.DOUBT}
        for word in _found(term, words, anywhere(term))
    }
    worth = [WORTH[at] for places in found.values() for at in places]
    exact = [words.words.get(coded(lexeme), ()) for lexeme in term.exact]
    worth += [WORTH[at] * EXACTLY for places in exact for _, at in places]
    near = [words.words[word] for word in map(coded, term.near) if word in words.words]
    worth += [WORTH[weight] * NEARLY for at in near for weight in {weight for _, weight in at} or {Weight.DOUBT}]
    return max(worth, default=0.0)
