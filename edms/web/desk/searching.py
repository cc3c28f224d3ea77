"""Search: one field, filters as removable words, facets, lines with hits lit, and the page that answers beside them."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.errors import Invalid
from edms.overview import reading
from edms.overview.line import LetterLine, lines_of
from edms.search.alike import alike
from edms.search.exporting import MOST, most_of
from edms.search.finding import find
from edms.search.lines import Hit
from edms.search.nearest import nearest
from edms.search.pages import hits_in_document
from edms.search.port import Filters
from edms.search.question import LONGEST
from edms.search.suggesting import Suggestion, suggest
from edms.web.desk import asking, narrowing, pictures, showing
from edms.web.desk.asking import Question
from edms.web.desk.pace import Pace
from edms.web.kit import Filled, Line
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("searching", __name__, url_prefix="/search")
PEEKED = 3
"""Pages shown beside the lines; the whole letter is one key away."""
_TYPING = Pace(burst=12, a_second=5)


@bp.get("/")
def search() -> str | Response | tuple[str, int]:
    """What was found, newest first or by rank. A filter that cannot be read is named, and left out."""
    who, status = actor(), 200
    form = Filled.of(**{day: request.args.get(day) for day in asking.DAYS})
    try:
        asked = asking.question()
    except Invalid as error:
        form, status = Filled.again(error), 422
        asked = Question(q=request.args.get("q", "")[:LONGEST])
    with house().transaction() as session:
        if (added := narrowing.person_added(session, who)) is not None:
            return redirect(asked.address(**{added[0]: [*getattr(asked, added[0]), added[1]]}), 303)
        return _page(session, who, asked, form), status


def _page(session: Session, who: Actor, asked: Question, form: Filled) -> str:
    index, text = house().search.index(session), asked.q[:LONGEST]
    found = find(
        session, who, text, index=index, filters=asked.filters(), order=asked.order, after=asked.after,
        any_script=asked.any_script,
    )  # fmt: skip
    meant = nearest(session, who, text, index=index) if not found.hits and text else None
    return render_template(
        "desk/search.html",
        asked=asked,
        form=form,
        found=found,
        lines=_lines(session, who, found.hits, asked),
        near=_lines(session, who, found.near, asked),
        older=asked.address(after=found.after) if found.after else None,
        first=asked.address() if asked.after else None,
        chosen=narrowing.chosen(session, who, asked),
        facets=narrowing.facets(session, who, found, asked),
        hidden=narrowing.hidden(session, who, asked) if not found.hits else [],
        meant=(meant, asked.address(q=meant)) if meant else None,
        most=most if (most := most_of(asked.asked())) < MOST else None,
        parts=narrowing.PARTS,
        people=narrowing.meant(session, who, asked),
        may_save=permits(who, Permission.SEARCH_KEEP) and asked.asked().asks,
    )


@bp.get("/suggestions")
def suggestions() -> tuple[str, int]:
    """The answer to the field as one types; without script the search itself is the answer."""
    who = actor()
    if not _TYPING.allows(who.official_id):
        return render_template("desk/suggestions.html", rows=[]), 200
    with house().transaction() as session:
        rows = suggest(
            session, who, request.args.get("q", "")[:LONGEST], index=house().search.index(session), filters=_scope()
        )
    return render_template("desk/suggestions.html", rows=[(row, _leads_to(row)) for row in rows]), 200


def _scope() -> Filters:
    """Within what one types: the same filters as the search that will be asked."""
    try:
        return asking.question().filters()
    except Invalid:
        return Filters()


def _leads_to(row: Suggestion) -> str:
    """A correspondent is asked for by her card: no name is written into an address."""
    if row.correspondent_id is None:
        return ""
    return url_for("searching.search", correspondent_id=row.correspondent_id)


@bp.get("/peek/<int:document_id>")
def peek(document_id: int) -> str:
    """The pages of a letter that answer, to stand beside the lines; seeing them is reading the letter."""
    who, text = actor(), request.args.get("q", "")[:LONGEST]
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


@bp.get("/like/<int:document_id>")
def like(document_id: int) -> str:
    """Letters like this one: a page of its own, and the part that the letter's page fetches when it comes into sight."""
    who = actor()
    with house().transaction() as session:
        found = alike(session, who, document_id, index=house().search.index(session))
        document = pictures.document(session, who, document_id)
        rows = lines_of(session, [hit.document for hit in found], clock.today(who.time_zone))
        template = "like_part" if request.headers.get("HX-Request") else "like"
        return render_template(f"desk/{template}.html", document=document, lines=showing.lines(rows))


def _lines(session: Session, who: Actor, hits: Sequence[Hit], asked: Question) -> list[Line]:
    rows = lines_of(session, [hit.document for hit in hits], clock.today(who.time_zone))
    return [_line(hit, row, asked) for hit, row in zip(hits, rows, strict=True)]


def _line(hit: Hit, row: LetterLine, asked: Question) -> Line:
    summary = pictures.lit(hit.document.summary, hit.summary)
    if hit.passage is not None:
        passage = pictures.lit(hit.passage.text, hit.passage.spans)
        summary = Markup('{} <span class="faint">… {} …</span>').format(summary, passage)
    document_id = hit.document.document_id
    peeked = url_for("searching.peek", document_id=document_id, q=asked.q or None)
    return showing.line(row, summary=summary, href=asked.letter(document_id), peek=peeked)
