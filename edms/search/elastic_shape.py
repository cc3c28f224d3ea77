"""How a document lies in an index of Elasticsearch: the same words as in PostgreSQL, and no analyzer of the engine's.

`words` holds every word once: words and beginnings of words are found there. It is one text of words between blanks, as all
fields of words are: as a list of keywords it would cost the engine nearly twice the work. Phrases need to know which words stand at
one place; the engine has no field for that. So the places are laid out in columns: fields of equal positions, where
the nth word at a place stands in the nth column of its kind, and an empty place is held by a mark. The document itself
is not kept there: what can be read back is an id, a day and a stamp.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from edms.search.port import FACETS, RANGES, Entry, Weight
from edms.search.vector import Kept, kept

FORMAT = 2
"""Raised when entries are laid out or coded differently: a service finds only indices of its own format."""

COLUMNS: Mapping[str, int] = {"x": 3, "s": 3, "k": 12}
"""How many words of a kind may stand at one place and still be found in a phrase: exact forms, stems, keys and numbers.

A word broken at a line's end stands there whole and in halves; a Latin word has a key for each reading, a number its parts.
"""
WEIGHED: Mapping[Weight, str] = {
    Weight.SUBJECT: "subject", Weight.CARD: "card", Weight.TEXT: "text", Weight.REST: "rest", Weight.DOUBT: "words",
}  # fmt: skip
"""The field of the words of each place; `words` has all."""
HOLE = "_"

_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORD = {"type": "keyword", "doc_values": False}
_DAY = {"type": "date", "format": "strict_date", "doc_values": False}
_WORDS = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
_COLUMN = _WORDS | {"index_options": "positions"}


def mapping(after: int) -> dict[str, Any]:
    """The fields of an index; `after` is how far its filling has come."""
    columns = {name: _COLUMN for kind, many in COLUMNS.items() for name in columns_of(kind, many)}
    return {
        "dynamic": "strict",
        "_source": {"enabled": False},
        "_meta": marked(after),
        "properties": {
            "document_id": {"type": "long"},
            "registered_at": {"type": "long"},  # microseconds: a date of the engine's ends with milliseconds
            **dict.fromkeys((day for day, *_ in RANGES), _DAY),
            "organisation_id": _WORD,
            **dict.fromkeys(FACETS, _WORD),
            "facts": _WORD,
            "readers": _WORD,
            "stamp": {"type": "keyword", "index": False},
            **dict.fromkeys(WEIGHED.values(), _WORDS),
            **columns,
        },
    }


def settings(shards: int) -> dict[str, Any]:
    """Of an index that is being filled; `in_use` changes them at its end."""
    return {
        "number_of_shards": shards,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "-1",
        "requests.cache.enable": False,
    }


IN_USE = {"refresh_interval": "1s"}


def marked(after: int) -> dict[str, Any]:
    """What an index says of itself."""
    return {"edms": {"format": FORMAT, "after": after}}


def line(entry: Entry) -> str:
    """The entry as it is sent."""
    return _encoded(body(entry))


def body(entry: Entry) -> dict[str, Any]:
    """The fields of the entry with their values."""
    words = kept(entry.words)
    return {
        "document_id": entry.document_id,
        "registered_at": micros(entry.registered_at),
        **{day: on.isoformat() for day, *_ in RANGES if (on := getattr(entry, day)) is not None},
        "organisation_id": entry.organisation_id,
        **{facet: getattr(entry, facet) for facet in FACETS},
        "correspondent_id": [who for who in (entry.correspondent_id, *entry.further_senders) if who is not None],
        "facts": entry.facts,
        "readers": entry.readers,
        "stamp": entry.stamp,
        "words": " ".join(words.words),
        **_laid_out(words),
    }


def _laid_out(words: Kept) -> dict[str, str]:
    """The words of each weight; and all by place: in each column one word or a hole for every place up to its last."""
    size = max([place for _, place, _ in words.standing], default=0) + 1
    weighed: dict[Weight, dict[str, int]] = {weight: {} for weight in WEIGHED}
    columns = {kind: [[HOLE] * size] for kind in COLUMNS}
    others = columns["k"]
    for forms, place, weight in words.standing:
        weighed[weight].update(forms)
        for word in forms:
            laid = columns.get(word[0], others)
            for column in laid:
                there = column[place]
                if there == HOLE:
                    column[place] = word
                    break
                if there == word:
                    break
            else:
                if len(laid) < COLUMNS[kind_of(word)]:
                    laid.append([HOLE] * size)
                    laid[-1][place] = word
    of_weights = {WEIGHED[weight]: " ".join(found) for weight, found in weighed.items() if found}
    by_place = {
        f"{kind}{nth}": " ".join(column).rstrip(f" {HOLE}")
        for kind, laid in columns.items()
        for nth, column in enumerate(laid)
    }
    return of_weights | by_place


def kind_of(word: str) -> str:
    """In which columns a coded word stands."""
    return word[0] if word[0] in COLUMNS else "k"


def columns_of(kind: str, many: int) -> Iterable[str]:
    """The names of the columns of a kind."""
    return [f"{kind}{nth}" for nth in range(many)]


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)
