"""Search: the same engine, the same rights, counts and facets as the desk's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.language import Span
from edms.overview.line import LetterLine, lines_of
from edms.registry.words import DocumentState
from edms.search.finding import find
from edms.search.lines import Hit
from edms.search.port import Filters, Order
from edms.web.api.layer import read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.paging import cursor, next_address, place
from edms.web.api.shapes import Id, IsoDay, Language, Page, Paged, Shown
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house

Lit = tuple[int, int]
"""Where a hit begins and ends in its text, counted in characters."""


class Search(Paged):
    """What is sought. Several values of one filter are alternatives; filters hold together."""

    q: Annotated[OneLine, Field(max_length=500)] = ""
    order: Literal["newest", "best"] = "newest"
    any_script: Annotated[bool, Field(description="Also seek a native word in the other scripts.")] = False
    year: Annotated[list[Annotated[int, Field(ge=0, le=9999)]], Field(max_length=50)] = []
    register_id: Annotated[list[Id], Field(max_length=50)] = []
    unit_id: Annotated[list[Id], Field(max_length=50)] = []
    correspondent_id: Annotated[list[Id], Field(max_length=50)] = []
    state: list[DocumentState] = []
    language: list[Language] = []
    from_on: IsoDay | None = None
    until_on: IsoDay | None = None


FACETS = ("year", "register_id", "unit_id", "correspondent_id", "state", "language")


class PassageShown(Shown):
    """The piece of the text in which it stands."""

    content_id: int
    page: int
    text: str
    lit: list[Lit]


class HitShown(Shown):
    """A letter that was found, with where the words stand."""

    document: LetterShown
    summary_lit: list[Lit]
    correspondent_lit: list[Lit]
    number_lit: list[Lit]
    passage: PassageShown | None


class FacetValue(Shown):
    """A value of a filter, and how many of the counted hits have it."""

    value: int | str
    count: int


class FoundShown(Page[HitShown]):
    """A page of hits. `count` and `facets` are of the newest 1000; `limited` says that the index did not answer."""

    count: int
    more_than_counted: bool
    limited: bool
    facets: dict[str, list[FacetValue]]


@read("/search")
def search(session: Session, who: Actor, query: Search) -> FoundShown:
    """Letters whose card or text answers, the newest first or the best; without words, all of them."""
    after = place(query, str)
    chosen = {name: frozenset(values) for name in FACETS if (values := getattr(query, name))}
    if query.from_on and query.until_on and query.until_on < query.from_on:
        raise Invalid(fields={"until_on": "api.days_in_order"})
    found = find(
        session, who, query.q, index=house().search.index(session), filters=Filters(chosen, query.from_on, query.until_on), order=Order(query.order),
        after=after[0] if after else None, limit=query.limit, any_script=query.any_script,
    )  # fmt: skip
    lines = {
        line.document.document_id: line
        for line in lines_of(session, [hit.document for hit in found.hits], clock.today(who.time_zone))
    }
    return FoundShown(
        items=[_hit(hit, lines[hit.document.document_id]) for hit in found.hits],
        next=next_address(cursor([found.after])) if found.after else None,
        count=found.count,
        more_than_counted=found.more_than_counted,
        limited=found.limited,
        facets={
            name: [FacetValue(value=value, count=count) for value, count in values]
            for name, values in found.facets.items()
        },
    )


def _hit(hit: Hit, line: LetterLine) -> HitShown:
    passage = hit.passage
    return HitShown(
        document=letter(line),
        summary_lit=_lit(hit.summary),
        correspondent_lit=_lit(hit.correspondent),
        number_lit=_lit(hit.number),
        passage=PassageShown(
            content_id=passage.content_id, page=passage.page, text=passage.text, lit=_lit(passage.spans)
        )
        if passage
        else None,
    )


def _lit(spans: tuple[Span, ...]) -> list[Lit]:
    return [(span.start, span.end) for span in spans]
