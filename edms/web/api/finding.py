"""Search: the same engine, the same rights, counts and facets as the desk's."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.language import Span
from edms.overview.line import LetterLine, lines_of
from edms.registry.words import DocumentState, Grade, RegisterKind
from edms.search.alike import alike
from edms.search.finding import find
from edms.search.lines import Hit
from edms.search.nearest import nearest
from edms.search.port import NARROWING, RANGES, Filters, Order
from edms.search.suggesting import Offered, suggest
from edms.web.api.layer import read
from edms.web.api.lines import LetterShown, letter
from edms.web.api.paging import cursor, next_address, place
from edms.web.api.shapes import Asked, Id, IsoDay, Language, Page, Paged, Shown
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house

Lit = tuple[int, int]
"""Where a hit begins and ends in its text, counted in characters."""


class Narrowed(Asked):
    """What narrows. Several values of one filter are alternatives; filters hold together."""

    year: Annotated[list[Annotated[int, Field(ge=0, le=9999)]], Field(max_length=50)] = []
    register_id: Annotated[list[Id], Field(max_length=50)] = []
    unit_id: Annotated[list[Id], Field(max_length=50)] = []
    correspondent_id: Annotated[list[Id], Field(max_length=50)] = []
    state: list[DocumentState] = []
    language: list[Language] = []
    kind: Annotated[list[RegisterKind], Field(max_length=50)] = []
    grade: Annotated[list[Grade], Field(max_length=50)] = []
    executor: Annotated[list[Id], Field(max_length=50)] = []
    registrar: Annotated[list[Id], Field(max_length=50)] = []
    author: Annotated[list[Id], Field(max_length=50)] = []
    signer: Annotated[list[Id], Field(max_length=50)] = []
    case_file: Annotated[list[Id], Field(max_length=50)] = []
    from_on: Annotated[IsoDay | None, Field(description="Registered, which is the day of the stamp.")] = None
    until_on: IsoDay | None = None
    received_from: IsoDay | None = None
    received_until: IsoDay | None = None
    dated_from: Annotated[IsoDay | None, Field(description="The day its author wrote on it.")] = None
    dated_until: IsoDay | None = None

    def filters(self) -> Filters:
        """The same as the search knows it. Errors: Invalid where a last day is before its first."""
        bounds = [bound for _, *bounds in RANGES for bound in bounds]
        for first, last in zip(bounds[::2], bounds[1::2], strict=True):
            if (begin := getattr(self, first)) and (end := getattr(self, last)) and end < begin:
                raise Invalid(fields={last: "api.days_in_order"})
        chosen = {name: frozenset(map(_plain, values)) for name in NARROWING if (values := getattr(self, name))}
        return Filters(chosen, **{name: getattr(self, name) for name in bounds})


class Search(Narrowed, Paged):
    """What is sought, and in which order."""

    q: Annotated[OneLine, Field(max_length=500)] = ""
    order: Literal["newest", "best"] = "newest"
    any_script: Annotated[bool, Field(description="Also seek a native word in the other scripts.")] = False


class Typed(Narrowed):
    """What is typed so far: its last word is the one to be completed."""

    q: Annotated[OneLine, Field(max_length=500)]


class SuggestionShown(Shown):
    """What may be meant; `query` is what was typed with it in the place of the last word."""

    kind: Offered
    text: str
    query: str
    correspondent_id: int | None


class Suggestions(Shown):
    """At most eight."""

    items: list[SuggestionShown]


class Similar(Shown):
    """At most five, the likest first."""

    items: list[LetterShown]


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
    """A page of hits. `count` and `facets` are of the newest 1000; `limited` says that the index did not answer.

    `meant`: of a search without a hit, the nearest that stands on letters one may see. `near`: where few answer, letters
    that only come near (words like those typed, most of the words), the likest first; they are on the first page alone,
    and neither counted nor in the facets.
    """

    count: int
    more_than_counted: bool
    limited: bool
    meant: str | None
    near: list[HitShown]
    facets: dict[str, list[FacetValue]]


@read("/search")
def search(session: Session, who: Actor, query: Search) -> FoundShown:
    """Letters whose card or text answers, the newest first or the best; without words, all of them."""
    after = place(query, str)
    index = house().search.index(session)
    found = find(
        session, who, query.q, index=index, filters=query.filters(), order=Order(query.order),
        after=after[0] if after else None, limit=query.limit, any_script=query.any_script,
    )  # fmt: skip
    lines = {
        line.document.document_id: line
        for line in lines_of(session, [hit.document for hit in (*found.hits, *found.near)], clock.today(who.time_zone))
    }
    return FoundShown(
        items=[_hit(hit, lines[hit.document.document_id]) for hit in found.hits],
        next=next_address(cursor([found.after])) if found.after else None,
        count=found.count,
        more_than_counted=found.more_than_counted,
        limited=found.limited,
        meant=nearest(session, who, query.q, index=index) if query.q and not found.hits else None,
        near=[_hit(hit, lines[hit.document.document_id]) for hit in found.near],
        facets={
            name: [FacetValue(value=value, count=count) for value, count in values]
            for name, values in found.facets.items()
        },
    )


@read("/search/suggestions")
def suggestions(session: Session, who: Actor, query: Typed) -> Suggestions:
    """Numbers, correspondents, words and case indexes that stand on letters one may see, as one types."""
    rows = suggest(session, who, query.q, index=house().search.index(session), filters=query.filters())
    return Suggestions(items=[SuggestionShown.model_validate(row) for row in rows])


@read("/documents/{document_id}/similar")
def similar(session: Session, who: Actor, document_id: int) -> Similar:
    """Letters that share the rare words of this one."""
    found = alike(session, who, document_id, index=house().search.index(session))
    rows = lines_of(session, [hit.document for hit in found], clock.today(who.time_zone))
    return Similar(items=[letter(row) for row in rows])


def _plain(value: int | StrEnum | str) -> int | str:
    return value.value if isinstance(value, StrEnum) else value


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
