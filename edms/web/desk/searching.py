"""Search: one field, filters as removable words, facets, lines with hits lit, and the page that answers beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.errors import Invalid
from edms.overview import reading
from edms.overview.line import LetterLine, lines_of
from edms.search.finding import Found, find, hidden_by_filters
from edms.search.lines import Hit
from edms.search.names import named
from edms.search.pages import hits_in_document
from edms.search.port import FACETS, Filters, Order
from edms.web.desk import pictures, showing
from edms.web.kit import Filled, Line, answers, language, t
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("searching", __name__, url_prefix="/search")
ON_FACET = 8
PEEKED = 3
"""Pages shown beside the lines; the whole letter is one key away."""


class Question(BaseModel):
    """What is asked; every facet may be given several times."""

    q: OneLine = ""
    order: Order = Order.NEWEST
    after: OneLine | None = None
    any_script: bool = False
    from_on: Day | None = None
    until_on: Day | None = None
    year: list[int] = []
    register_id: list[int] = []
    unit_id: list[int] = []
    correspondent_id: list[int] = []
    state: list[Annotated[str, Field(max_length=40)]] = []
    language: list[Annotated[str, Field(max_length=8)]] = []

    def filters(self) -> Filters:
        """What the hits are narrowed to."""
        chosen = {name: frozenset(values) for name in FACETS if (values := getattr(self, name))}
        return Filters(chosen, self.from_on, self.until_on)

    def address(self, **changes: object) -> str:
        """The address of this question, changed."""
        said: dict[str, Any] = {**self.model_dump(mode="json", exclude_defaults=True, exclude={"after"}), **changes}
        for day in ("from_on", "until_on"):
            if isinstance(said.get(day), str):
                said[day] = f"{date.fromisoformat(said[day]):%d.%m.%Y}"
        query = urlencode({name: value for name, value in said.items() if value not in (None, [], False)}, doseq=True)
        return f"{url_for('searching.search')}?{query}"


@bp.get("/")
def search() -> str | tuple[str, int]:
    """What was found, newest first or by rank. A filter that cannot be read is named, and left out."""
    who, form = actor(), Filled.of(from_on=request.args.get("from_on"), until_on=request.args.get("until_on"))
    status = 200
    try:
        asked = answers(Question, _given())
    except Invalid as error:
        form, status = Filled.again(error), 422
        asked = answers(Question, {"q": request.args.get("q", "")[:500]})
    with house().transaction() as session:
        found = find(
            session, who, asked.q[:500], index=house().search.index(session), filters=asked.filters(), order=asked.order, after=asked.after,
            any_script=asked.any_script,
        )  # fmt: skip
        page = render_template(
            "desk/search.html",
            asked=asked,
            form=form,
            found=found,
            lines=_lines(session, who, found.hits, asked.q),
            near=_lines(session, who, found.near, asked.q),
            older=asked.address(after=found.after) if found.after else None,
            chosen=_chosen(session, who, asked),
            facets=_facets(session, who, found, asked),
            hidden=_hidden(session, who, asked) if not found.hits else [],
        )
    return page if status == 200 else (page, status)


@bp.get("/peek/<int:document_id>")
def peek(document_id: int) -> str:
    """The pages of a letter that answer, to stand beside the lines; seeing them is reading the letter."""
    who, text = actor(), request.args.get("q", "")[:500]
    with house().transaction() as session:
        document = reading.read(session, who, document_id)
        hits = hits_in_document(session, who, document_id, text) if text else []
        first = pictures.first_paper(session, document)
        content_id = hits[0].content_id if hits else first
        by_page = {hit.page: hit for hit in hits if hit.content_id == content_id}

        def address(page: int, kind: str) -> str:
            return url_for("letter.picture", document_id=document_id, content_id=content_id, page=page, kind=kind)

        pages = pictures.pages_of_content(session, content_id, address, by_page)
        shown = [page for page in pages if page["n"] in by_page][:PEEKED] or pages[:1]
        return render_template("desk/peek.html", document=document, pages=shown, q=text, found=len(by_page))


def _given() -> dict[str, object]:
    given: dict[str, object] = {}
    for name, values in request.args.lists():
        filled = [value for value in values if value.strip()]
        if filled and name in Question.model_fields:
            given[name] = filled if name in FACETS else filled[-1]
    return given


def _lines(session: Session, who: Actor, hits: Sequence[Hit], text: str) -> list[Line]:
    rows = lines_of(session, [hit.document for hit in hits], clock.today(who.time_zone))
    return [_line(hit, row, text) for hit, row in zip(hits, rows, strict=True)]


def _line(hit: Hit, row: LetterLine, text: str) -> Line:
    summary = pictures.lit(hit.document.summary, hit.summary)
    if hit.passage is not None:
        passage = pictures.lit(hit.passage.text, hit.passage.spans)
        summary = Markup('{} <span class="faint">… {} …</span>').format(summary, passage)
    document_id, q = hit.document.document_id, text or None
    href, peeked = (url_for(page, document_id=document_id, q=q) for page in ("letter.page", "searching.peek"))
    return showing.line(row, summary=summary, href=href, peek=peeked)


def _chosen(session: Session, who: Actor, asked: Question) -> list[tuple[str, str]]:
    """The filters in force, each with the address of the search without it."""
    filters = asked.filters()
    said: list[tuple[str, str]] = []
    for name, values in filters.chosen.items():
        names = _names(session, who, name, values)
        for value in sorted(values, key=str):
            left = [other for other in getattr(asked, name) if other != value]
            said.append((names.get(value, str(value)), asked.address(**{name: left})))
    for name in ("from_on", "until_on"):
        if (day := getattr(filters, name)) is not None:
            text = f"{t(f'search.facet.{name}')} {words.date(language(), day)}"
            said.append((text, asked.address(**{name: None})))
    return said


def _facets(
    session: Session, who: Actor, found: Found, asked: Question
) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """Facets by name, each with values that would narrow further: (words, address, count)."""
    shown = []
    for name, counted in found.facets.items():
        here = set(getattr(asked, name))
        left = [(value, count) for value, count in counted if value not in here][:ON_FACET]
        if not left or (len(left) == 1 and left[0][1] == found.count):
            continue  # it would narrow nothing
        names = _names(session, who, name, {value for value, _ in left})
        rows = [
            (names.get(value, str(value)), asked.address(**{name: [*getattr(asked, name), value]}), count)
            for value, count in left
        ]
        shown.append((t(f"search.facet.{name}"), rows))
    return shown


def _names(session: Session, who: Actor, facet: str, values: Any) -> Mapping[Any, str]:
    match facet:
        case "state":
            return {value: t(f"registry.document_state.{value}") for value in values}
        case "language":
            return {value: t(f"language.name.{value}") for value in values}
        case "year":
            return {value: str(value) for value in values}
        case _:
            return named(session, who, facet, values, language())


def _hidden(session: Session, who: Actor, asked: Question) -> list[tuple[str, str]]:
    hidden = hidden_by_filters(session, who, asked.q, asked.filters(), index=house().search.index(session))
    return [
        (
            t("search.hidden_by", filter=t(f"search.facet.{name}"), count=count),
            asked.address(**{name: [] if name in FACETS else None}),
        )
        for name, count in hidden.items()
    ]
