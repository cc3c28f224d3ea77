"""The port every engine fits: what is put into an index, what is asked of it, what it proposes.

Caps are part of the port, so that all engines answer alike: at most `CAP` newest candidates are counted, put into
facets and ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from math import log
from typing import Any, Protocol

from sqlalchemy.orm import Session

from edms.language import Query, Term

CAP = 1000
COMMON = 300
"""A word that more letters than this have says nothing about what they are about."""
LIKE = 6.0
"""So much their shared words must tell together: two that twenty letters have, never one alone."""
FACETS = ("year", "register_id", "unit_id", "correspondent_id", "state", "language")
"""What is told apart by a column of its own."""
FACTS = ("kind", "grade", "executor", "registrar", "author", "signer", "case_file")
"""What is told apart by tokens, of which a letter may have several of a kind: see `fact`."""
NARROWING = (*FACETS, *FACTS)
RANGES = (
    ("registered_on", "from_on", "until_on"),
    ("received_on", "received_from", "received_until"),
    ("dated_on", "dated_from", "dated_until"),
)
"""Days of an entry, and the filters that bound them."""


class Order(StrEnum):
    """In which order hits come."""

    NEWEST = "newest"
    BEST = "best"  # by rank, among the newest CAP


def fact(name: str, value: int | str) -> str:
    """One of FACTS with its value, as it stands in an index."""
    return f"{name}:{value}"


class Weight(StrEnum):
    """Where a word stands, by how much that says about the document; the letters of PostgreSQL."""

    SUBJECT = "A"  # what the letter is about, and its numbers
    CARD = "B"  # the rest of the card: who wrote, annexes, case
    TEXT = "C"  # what a paper says often for its length
    REST = "D"  # what it says in passing
    DOUBT = ""  # what a word read in doubt may be instead: found, and last of all; it has no place


WORTH: Mapping[Weight, float] = {
    Weight.SUBJECT: 1.0, Weight.CARD: 0.6, Weight.TEXT: 0.25, Weight.REST: 0.2, Weight.DOUBT: 0.05,
}  # fmt: skip
"""What a word asked for adds to the rank, by the best of its places. All engines rank by these and the next three."""
EXACTLY = 1.25
"""So many times that for the very form that was typed."""
SIDE_BY_SIDE = 0.3
"""What two words add that follow one another as they were asked."""
NEARLY = 0.04
"""So many times its worth for a word that is only like the one typed: less than any that was meant."""


def pairs(query: Query) -> list[tuple[Term, Term]]:
    """Words that were typed one after another, each a condition of its own."""
    alone = [clause.terms[0] if len(clause.terms) == 1 else None for clause in query.wanted]
    return [(one, other) for one, other in pairwise(alone) if one is not None and other is not None]


@dataclass(frozen=True)
class Filters:
    """What the hits are narrowed to. Several values of one facet are alternatives, facets and days hold together."""

    chosen: Mapping[str, frozenset[int | str]] = field(default_factory=dict)  # one of NARROWING to its values
    from_on: date | None = None  # registered (which is the day of the stamp) on that day or later
    until_on: date | None = None
    received_from: date | None = None  # reached us
    received_until: date | None = None
    dated_from: date | None = None  # the day its author wrote on it
    dated_until: date | None = None

    def without(self, facet: str) -> Filters:
        """The same without one of NARROWING, or without one bound of RANGES."""
        if facet not in NARROWING:
            return replace(self, **dict[str, Any]({facet: None}))
        return replace(self, chosen={name: values for name, values in self.chosen.items() if name != facet})

    @property
    def names(self) -> tuple[str, ...]:
        """What is narrowed, by name."""
        days = [name for _, *bounds in RANGES for name in bounds if getattr(self, name) is not None]
        return (*(name for name, values in self.chosen.items() if values), *days)

    def facts(self) -> list[frozenset[str]]:
        """The tokens of which a letter must have one of each set."""
        chosen = [(name, self.chosen.get(name)) for name in FACTS]
        return [frozenset(fact(name, value) for value in values) for name, values in chosen if values]

    def days(self) -> list[tuple[str, date | None, date | None]]:
        """Each day that is bounded, with its first and last."""
        bounds = [(day, getattr(self, first), getattr(self, last)) for day, first, last in RANGES]
        return [(day, first, last) for day, first, last in bounds if first is not None or last is not None]


@dataclass(frozen=True)
class Asked:
    """A question to an index. `tokens` None is the service itself; an empty set is answered with nothing."""

    query: Query
    tokens: frozenset[str] | None
    organisation_ids: frozenset[int] | None
    filters: Filters = Filters()
    order: Order = Order.NEWEST
    before: tuple[datetime, int] | None = None  # older than this registration: the next page of the newest first
    limit: int = CAP


@dataclass(frozen=True)
class Alike:
    """A question for letters that share words. `words`: coded lexemes, of which those that few letters have count."""

    words: tuple[str, ...]
    document_id: int  # itself is not asked for
    tokens: frozenset[str] | None
    organisation_ids: frozenset[int] | None
    limit: int


@dataclass(frozen=True)
class Proposal:
    """Documents an index proposes, in order; `more`: there were more than asked for."""

    document_ids: tuple[int, ...]
    more: bool


Standing = tuple[tuple[str, ...], int, Weight]
"""A word of a document: its lexemes, the place they all stand at, and its weight."""


@dataclass(frozen=True)
class Entry:
    """What is put into an index for one document. `words` are in reading order."""

    document_id: int
    organisation_id: int
    register_id: int
    unit_id: int | None
    correspondent_id: int | None
    state: str
    language: str
    year: int
    serial: int
    registered_at: datetime
    registered_on: date
    readers: tuple[str, ...]
    words: Iterable[Standing]
    stamp: str
    further_senders: tuple[int, ...] = ()  # beside correspondent_id: a letter is found by any of them
    received_on: date | None = None
    dated_on: date | None = None
    facts: tuple[str, ...] = ()  # of FACTS, see `fact`


def worth(having: int) -> float:
    """How much a word tells that so many letters have."""
    return log(1 + 2 * COMMON / having)


class Index(Protocol):
    """An index of documents. Errors of all: Unavailable when it does not answer in its time."""

    def propose(self, asked: Asked) -> Proposal:
        """The documents that answer, newest first or best first, at most `asked.limit`."""

    def alike(self, asked: Alike) -> tuple[int, ...]:
        """The documents that share the most telling words, at most `asked.limit`, the likest first.

        Only what the asker may read is counted: a word that more than COMMON of these have tells nothing, and the
        fewer have it the more it tells (`worth`). What tells less than LIKE together is not alike.
        """

    def put(self, entries: Sequence[Entry]) -> Mapping[int, str]:
        """Add entries, or replace those of the same documents.

        Answers with the documents that the engine refused, each with the engine's name for why; the others are in.
        """

    def drop(self, document_ids: Sequence[int]) -> None:
        """Forget these documents; those it never knew are no error."""

    def stamps(self, after: int, until: int) -> dict[int, str]:
        """The stamps of all documents it knows with `after < document_id <= until`."""

    def count(self, before: datetime) -> int:
        """How many documents it knows that were registered before this instant."""

    def clear(self) -> None:
        """Forget everything."""

    def settle(self) -> None:
        """What was put and dropped until now is seen from now on; without it an engine may take a second."""


class Rebuilding(Protocol):
    """An index that is filled beside the one in use; what is put into that one goes into this one too."""

    index: Index
    after: int
    """Where an earlier filling stopped: documents up to this id are in."""

    def mark(self, after: int) -> None:
        """Keep how far the filling has come, for one who goes on."""

    def take_over(self) -> None:
        """From now on this index is asked; the old one is gone."""


class Engine(Protocol):
    """An engine as the settings choose it; it outlives sessions. Errors of all: Unavailable, saying why."""

    name: str

    def index(self, session: Session) -> Index:
        """The index in use; an engine that lies in the database works in the session's transaction."""

    def broken(self) -> bool:
        """Has the engine lost a part of its index, so that it answers nothing?"""

    def lost(self) -> bool:
        """Is there no index that could be asked? Then one is to be built."""

    def rebuilding(self, *, anew: bool = False) -> Rebuilding | None:
        """An index to fill beside the one in use: the one an interrupted filling has left, or with `anew` an empty one.

        None: this engine's index is renewed in its place.
        """

    def filled(self) -> int | None:
        """How many documents are in the index that is being filled; None when none is."""
