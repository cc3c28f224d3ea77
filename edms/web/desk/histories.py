"""The whole history of a letter: by person, in pages, and as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.events import EventLine
from edms.overview import changed, history
from edms.overview.history import Entry
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.web.desk import tables, view
from edms.web.kit import language, t, zone
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("histories", __name__, url_prefix="/letters")
PAGE = 100
MOST_EXPORTED = 20_000


@dataclass(frozen=True)
class Told:
    """A line of the history in the reader's language."""

    when: str
    what: str
    who: str
    said: str
    changed: list[tuple[str, str, str]]


def told(session: Session, entries: Iterable[Entry]) -> list[Told]:
    """The entries in words."""
    return [_told(session, entry) for entry in entries]


@bp.get("/<int:document_id>/history")
def page(document_id: int) -> str:
    """A page of the history, the newest first."""
    who = actor()
    by, before = request.args.get("by", type=int), request.args.get("before", type=int)
    with house().transaction() as session:
        document = document_of(session, who, document_id)
        entries = history.history(session, who, document, by=by, before=before, limit=PAGE + 1)
        last = entries[PAGE - 1].line.event_id if len(entries) > PAGE else None
        return render_template(
            "desk/history.html",
            document=document,
            line=view.line_of(session, who, document),
            entries=told(session, entries[:PAGE]),
            people=[(p.official_id, p.name(language())) for p in history.hands(session, who, document)],
            by=by,
            older=url_for("histories.page", document_id=document_id, by=by, before=last) if last else None,
            newer=url_for("histories.page", document_id=document_id, by=by) if before else None,
            may_see_openings=permits(who, Permission.READINGS_READ),
        )


@bp.get("/<int:document_id>/history.csv")
def export(document_id: int) -> Response:
    """The same as a table; nothing is in it that the page would not show."""
    who, by = actor(), request.args.get("by", type=int)
    with house().transaction() as session:
        document = document_of(session, who, document_id)
        rows = [_row(session, entry) for entry in _all(session, who, document, by)]
        number = document.number
    head = [t(f"history.{name}") for name in ("when", "what", "who", "said", "changed")]
    return tables.as_csv(head, rows, number.replace("/", "-"))


def _all(session: Session, who: Actor, document: Document, by: int | None) -> Iterable[Entry]:
    before: int | None = None
    for _ in range(0, MOST_EXPORTED, PAGE):
        entries = history.history(session, who, document, by=by, before=before, limit=PAGE)
        yield from entries
        if len(entries) < PAGE:
            return
        before = entries[-1].line.event_id


def _row(session: Session, entry: Entry) -> list[str]:
    line = _told(session, entry)
    moved = "; ".join(f"{name}: {before} → {after}" for name, before, after in line.changed)
    return [line.when, line.what, line.who, line.said, moved]


def _told(session: Session, entry: Entry) -> Told:
    line, speaks = entry.line, language()
    if entry.word_of:
        hand = t("desk.entered_for", author=entry.word_of, name=entry.hand)
    else:
        hand = t("desk.in_place_of", name=entry.hand, absent=entry.place) if entry.place else entry.hand
    return Told(
        words.datetime(speaks, line.at, zone()),
        t(f"event.{line.kind.value.replace(':', '_').replace('-', '_')}"),
        hand or t("desk.the_service"),
        " · ".join(part for part in (entry.other, _how(line), entry.said) if part),
        [changed.said(session, speaks, name, *values) for name, values in entry.changed.items()],
    )


def _how(line: EventLine) -> str:
    """What is out of the ordinary in how it was done: by the label on the scan, by hand during a downtime."""
    if line.detail.get("by") == "label":
        return t("labels.by_label")
    written = line.detail.get("written_on")
    return t("paper.by_hand", date=words.date(language(), date.fromisoformat(str(written)))) if written else ""
