"""When few letters answer: the same line of keys on another keyboard, then words like those typed, and most of the words.

What answers as it was asked always comes first and is counted alone; these come after it and are shown as what they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from edms.language import Query, loosened, query_terms, retyped
from edms.search.port import Asked, Index, Order

FEW = 10
"""With fewer letters than this others are sought too."""


@dataclass(frozen=True)
class Near:
    """Documents that come near to what was asked, best first, and the query that they answer."""

    query: Query
    document_ids: tuple[int, ...]


def near(index: Index, asked: Asked, found: int, limit: int) -> Near | None:
    """Documents beside the `found` ones that answered; None where nothing else could be meant.

    Errors: Unavailable, as for any question.
    """
    if found >= FEW or asked.before is not None or not asked.query.wanted:
        return None
    for query in _others(asked.query, found):
        proposed = index.propose(replace(asked, query=query, order=Order.BEST))
        if proposed.document_ids:
            return Near(query, proposed.document_ids[: found + limit])
    return None


def _others(query: Query, found: int) -> Iterator[Query]:
    if not found:
        yield from map(query_terms, retyped(query.text))
    if (looser := loosened(query)) is not None:
        yield looser
