"""How a document lies in an index of Elasticsearch: the same words as in PostgreSQL, and no analyzer of the engine's.

`words` holds every word once: words and beginnings of words are found there. Phrases need to know which words stand at
one place; the engine has no field for that. So the places are laid out in columns: fields of equal positions, where
the nth word at a place stands in the nth column of its kind, and an empty place is held by a mark. The document itself
is not kept there: what can be read back is an id, a day and a stamp.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from edms.search.port import FACETS, RANGES, Entry, Weight
from edms.search.vector import Kept, kept

FORMAT = 1
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
LONGEST = 255
"""UTF-16 units of a word in a column: the engine breaks longer ones."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORD = {"type": "keyword", "doc_values": False}
_DAY = {"type": "date", "format": "strict_date", "doc_values": False}
_COLUMN = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "positions"}


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
            **dict.fromkeys(WEIGHED.values(), _WORD),
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


def body(entry: Entry) -> dict[str, Any]:
    """The entry as it is sent."""
    words = kept(entry.lexemes)
    weighed: dict[str, list[str]] = {name: [] for name in WEIGHED.values()}
    for word, at in words.words.items():
        if len(at) == 1:
            weighed[WEIGHED[at[0][1]]].append(word)
        else:
            for weight in {weight for _, weight in at}:
                weighed[WEIGHED[weight]].append(word)
    weighed["words"] = list(words.words)
    return {
        "document_id": entry.document_id,
        "registered_at": micros(entry.registered_at),
        **{day: on.isoformat() for day, *_ in RANGES if (on := getattr(entry, day)) is not None},
        "organisation_id": entry.organisation_id,
        **{facet: getattr(entry, facet) for facet in FACETS},
        "correspondent_id": [who for who in (entry.correspondent_id, *entry.further_senders) if who is not None],
        "facts": list(entry.facts),
        "readers": list(entry.readers),
        "stamp": entry.stamp,
        **weighed,
        **_columns(words),
    }


def _columns(words: Kept) -> dict[str, str]:
    """The words laid out by place: in each column one word or a hole for every place up to its last word."""
    columns: dict[str, list[dict[int, str]]] = {kind: [{} for _ in range(many)] for kind, many in COLUMNS.items()}
    for word, at in words.words.items():
        kind, short = _standing(word)
        laid = columns[kind]
        last = 0  # places of a word come in their order; of equal ones the first counts
        for place, _ in at:
            if place == last:
                continue
            last = place
            for column in laid:
                if place not in column:
                    column[place] = short
                    break
    return {
        f"{kind}{nth}": _filled(column) for kind, laid in columns.items() for nth, column in enumerate(laid) if column
    }


def _filled(column: Mapping[int, str]) -> str:
    places = [HOLE] * (max(column) + 1)
    for place, word in column.items():
        places[place] = word
    return " ".join(places)


@lru_cache(maxsize=65_536)
def _standing(word: str) -> tuple[str, str]:
    """Of which kind a word is, and as what it stands in a column."""
    return kind_of(word), shortened(word)


def kind_of(word: str) -> str:
    """In which columns a coded word stands."""
    return word[0] if word[0] in COLUMNS else "k"


def columns_of(kind: str, many: int) -> Iterable[str]:
    """The names of the columns of a kind."""
    return [f"{kind}{nth}" for nth in range(many)]


def shortened(word: str) -> str:
    """A word as it stands in a column: without what the engine would break it at."""
    plain = "".join(word.split())
    if len(plain) * 2 <= LONGEST:
        return plain
    return plain.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")


def micros(instant: datetime) -> int:
    """Microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)
