"""A letter: number and state, pages left, course, papers, connections and history right; slip and label."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.drafting import drafts
from edms.errors import NotFound
from edms.overview import course, reading
from edms.overview.line import lines_of
from edms.registry import contents, dispatch, documents
from edms.registry.models import Document
from edms.registry.words import ContentRole, DispatchState, DocumentState
from edms.routing import control, extension, submission
from edms.routing.clocks import legal_due
from edms.search.pages import PageHits, hits_in_document
from edms.signing import verdict_lines
from edms.staff.officials import officials
from edms.web.desk import pictures, showing
from edms.web.kit import Filled, language, t, zone
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("letter", __name__, url_prefix="/letters")


@bp.get("/<int:document_id>")
def page(document_id: int) -> str:
    """Open a letter; its reading is written into the history."""
    with house().transaction() as session:
        document = reading.read(session, actor(), document_id)
        return render_page(session, actor(), document, Filled())


def render_page(session: Session, who: Actor, document: Document, form: Filled) -> str:
    """The page of a letter the actor may read; `form` is the act that was just refused, if any."""
    query = request.args.get("q", "")
    papers = contents.papers(session, document)
    first = next((p for p in papers if p.role is ContentRole.SIGNED), papers[0] if papers else None)
    hits = hits_in_document(session, who, document.document_id, query) if query else []
    today = clock.today(who.time_zone)
    due = legal_due(session, document)
    mine = reading.assignments_of(session, who, document)
    return render_template(
        "desk/letter.html",
        document=document,
        line=showing.line(lines_of(session, [document], today)[0]),
        form=form,
        pages=_pages(session, document, first.content_id if first else None, hits),
        why=[t(m, **_said(v)) for m, v in terms.explain(due)] if due else [],
        steps=showing.steps(found := course.course_of(session, document, today, who)),
        to_judge=_to_judge(found, who),
        papers=[(p, verdict_lines.newest(session, p.content_id)) for p in papers],
        linked=documents.linked(session, who, document),
        history=_history(session, who, document),
        mine=[(a, extension.asked(session, a)) for a in mine],
        waiting=_waiting(session, who, document),
        drafts=drafts.of_letter(session, who, document),
        sendings=dispatch.sendings(session, document),
        people=[(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in officials(session, who)],
        control=control,
        may=_may(who, document),
        dispatch_channels=[(c.value, t(f"registry.channel.{c.value}")) for c in dispatch.CHANNELS],
        waiting_state=DispatchState.WAITING,
    )


def _waiting(session: Session, who: Actor, document: Document) -> Any:
    for person in who.people:
        if (found := submission.waiting_before(session, document, person)) is not None:
            return found
    return None


def _to_judge(steps: Any, who: Actor) -> list[Any]:
    found = []
    for step in steps:
        resolution = step.resolution
        for below in step.steps:
            state = below.assignment.state.value if below.assignment else ""
            if resolution is not None and resolution.author_id in who.people and state == "reported":
                found.append(below)
            found += _to_judge(below.steps, who)
    return found


def _may(who: Actor, document: Document) -> dict[str, bool]:
    named = {
        "submit": Permission.DOCUMENT_SUBMIT,
        "correct": Permission.DOCUMENT_CORRECT,
        "dispatch": Permission.DOCUMENT_DISPATCH,
        "put": Permission.CONTROL_PUT,
        "remove": Permission.CONTROL_REMOVE,
    }
    may = {name: permits(who, permission, document) for name, permission in named.items()}
    filing = type(
        "Filing",
        (),
        {
            "organisation_id": document.organisation_id,
            "readers": document.readers,
            "responsible_id": document.responsible_id,
            "unit_id": document.unit_id,
        },
    )()
    may["file"] = permits(who, Permission.DOCUMENT_FILE, filing) and document.state is not DocumentState.FILED
    may["dispatch"] = may["dispatch"] and document.state in (DocumentState.SIGNED, DocumentState.DISPATCHED)
    open_in = document.state in (DocumentState.REGISTERED, DocumentState.SUBMITTED, DocumentState.IN_EXECUTION)
    may["submit"] = may["submit"] and open_in and document.kind.comes_in
    return may


def _history(session: Session, who: Actor, document: Document) -> list[tuple[str, str, str]]:
    rows = []
    for line, hand, place in reading.history(session, who, document):
        person = t("desk.in_place_of", name=hand, absent=place) if place else hand or t("desk.the_service")
        rows.append(
            (
                words.datetime(language(), line.at, zone()),
                t(f"event.{line.kind.value.replace(':', '_').replace('-', '_')}"),
                person,
            )
        )
    return rows


def _said(values: Any) -> dict[str, Any]:
    return {k: words.date(language(), v) if hasattr(v, "isoformat") else v for k, v in values.items()}


def _pages(session: Session, document: Document, content_id: int | None, hits: list[PageHits]) -> list[dict[str, Any]]:
    by_page = {h.page: h for h in hits if h.content_id == content_id}
    return pictures.pages_of_content(
        session,
        content_id,
        lambda n, k: url_for("letter.picture", document_id=document.document_id, content_id=content_id, page=n, kind=k),
        by_page,
    )


@bp.get("/<int:document_id>/contents/<int:content_id>/page/<int:page>/<kind>")
def picture(document_id: int, content_id: int, page: int, kind: str) -> Response:
    """The picture of a page."""
    with house().transaction() as session:
        document = pictures.document(session, actor(), document_id)
        _content(session, document, content_id)
        found = pictures.rendition(session, content_id, page, kind)
    return pictures.answer(house().store, found)


@bp.get("/<int:document_id>/contents/<int:content_id>")
def download(document_id: int, content_id: int) -> Response:
    """The original bytes."""
    with house().transaction() as session:
        document = reading.read(session, actor(), document_id)
        content = _content(session, document, content_id)
    return pictures.download(house().store, content)


def _content(session: Session, document: Document, content_id: int) -> Any:
    for place in contents.papers(session, document, withdrawn=True):
        if place.content_id == content_id:
            return place.content
    raise NotFound
