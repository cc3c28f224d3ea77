"""Search: one field, filters as removable words, lines with hits lit, the page with boxes behind each line."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup, escape

from edms import clock
from edms.overview.line import lines_of
from edms.search.finding import find
from edms.search.lines import Hit
from edms.search.port import Filters, Order
from edms.web.desk import showing
from edms.web.kit import Line
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("searching", __name__, url_prefix="/search")
FACETS = ("year", "register", "unit", "state", "language")


@bp.get("/")
def search() -> str:
    """What was found, newest first or by rank."""
    who, text = actor(), request.args.get("q", "")[:500]
    order = Order.BEST if request.args.get("order") == "best" else Order.NEWEST
    chosen = {
        name: frozenset(_value(v) for v in request.args.getlist(name)) for name in FACETS if request.args.getlist(name)
    }
    with house().transaction() as session:
        found = find(session, who, text, filters=Filters(chosen=chosen), order=order, after=request.args.get("after"))
        plain = {
            row.document.document_id: row
            for row in lines_of(session, [h.document for h in found.hits], clock.today(who.time_zone))
        }
        lines = [_line(hit, plain[hit.document.document_id], text) for hit in found.hits]
        kept = request.args.to_dict(flat=False)
        older = f"{request.path}?{urlencode({**kept, 'after': found.after}, doseq=True)}" if found.after else None
        return render_template(
            "desk/search.html",
            q=text,
            found=found,
            lines=lines,
            older=older,
            chosen=chosen,
            order=order.value,
            kept=kept,
        )


def _value(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _line(hit: Hit, row: Any, text: str) -> Line:
    summary = lit(hit.document.summary, hit.summary)
    if hit.passage is not None:
        summary = Markup('{} <span class="faint">… {} …</span>').format(
            summary, lit(hit.passage.text, hit.passage.spans)
        )
    href = url_for("letter.page", document_id=hit.document.document_id, q=text or None)
    return showing.line(row, summary=summary, href=href)


def lit(text: str, spans: Any) -> Markup:
    """The text with its hits marked; everything escaped."""
    parts, at = [], 0
    for span in spans:
        parts += [
            escape(text[at : span.start]),
            Markup("<mark>"),
            escape(text[span.start : span.end]),
            Markup("</mark>"),
        ]
        at = span.end
    return Markup("").join([*parts, escape(text[at:])])
