"""A letter: number and state, its pages left; right what awaits the reader, course, papers, connections, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, terms, words
from edms.access.actor import Actor
from edms.capture import copies, remaking
from edms.drafting import drafts
from edms.overview import course, history, reading
from edms.overview import there as about
from edms.overview.line import LetterLine, lines_of
from edms.registry import attached, contents, documents, former, reaching
from edms.registry.models import Document, DocumentContent
from edms.registry.words import ContentRole
from edms.routing.clocks import legal_due
from edms.search.pages import hits_in_document
from edms.signing import paper
from edms.staff.models import Official
from edms.web.desk import (
    acting,
    awaiting,
    beside,
    intake_shown,
    keeping_shown,
    pictures,
    proceedings,
    reading_turns,
    sealing,
    sendings,
    showing,
    signatures,
    undoing,
    view,
    walking,
)
from edms.web.desk.histories import told
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("letter", __name__, url_prefix="/letters")
LAST_ACTS = 8


@bp.get("/<int:document_id>")
def page(document_id: int) -> str:
    """Open a letter; its reading is written into the history."""
    with house().transaction() as session:
        document = reading.read(session, actor(), document_id)
        return _page(session, actor(), document)


def _page(session: Session, who: Actor, document: Document) -> str:
    query = request.args.get("q", "")
    hits = hits_in_document(session, who, document.document_id, query) if query else []
    due = legal_due(session, document)
    there, today = about.of(session, document), clock.today(who.time_zone)
    line = lines_of(session, [document], today, there)[0]
    found = course.course_of(session, document, today, who, there)
    every = contents.papers(session, document, withdrawn=True)
    papers = [paper for paper in every if paper.withdrawn_at is None]
    around = beside.around(session, who, document, there)
    waits = awaiting.of(session, who, document, found, around)
    first = waits[0] if waits else None
    return render_template(
        "desk/letter.html",
        document=document,
        line=showing.line(line),
        offer=undoing.offered(session, who),
        pages=view.pages_of(session, document, hits, papers),
        walk=walking.bar(session, who, document),
        was=former.of(session, [document.document_id]).get(document.document_id, []) if there.former else [],
        facts_=_facts(session, who, document, line),
        intake=intake_shown.of(session, document, there),
        by_hand=line.numbered_on,
        why=[t(m, **_said(v)) for m, v in terms.explain(due)] if due else [],
        steps=showing.steps(found, awaiting.changes(session, who, document)),
        first=first,
        waits=waits[1:],
        now=acting.form_of(session, who, document, first.what, first.thing) if first else {},
        verbs=awaiting.verbs(session, who, document, around),
        noted=_noted(found),
        papers=papers,
        inside={place.content_id: attached.attached_to(session, [place.content_id]) for place in papers},
        awaited=reading_turns.awaited(session, who, document, [p.content for p in papers]),
        seals=sealing.offered(who, document),
        in_pages=remaking.in_pages(session, [p.content for p in papers]) if papers else set(),
        copied=copies.copied(session, [p.content_id for p in papers]) if papers else set(),
        verdicts=signatures.of_letter(session, document.document_id, [p.content_id for p in papers]) if papers else [],
        rising=paper.waits_for(session, document) if there.raised else None,
        withdrawn=_withdrawn(session, document, every),
        linked=documents.linked(session, who, document) if there.links else [],
        history=told(session, history.history(session, who, document, limit=LAST_ACTS)),
        drafts=drafts.of_letter(session, who, document) if there.drafts else [],
        sendings=sendings.lines_of(session, document) if there.sent or not document.kind.comes_in else [],
        may=awaiting.may(who, document),
        keeping=keeping_shown.of_letter(session, who, document, there),
        beside=beside.of(session, who, document, around),
        proceeding=proceedings.of_letter(session, document) if there.proceeding else None,
    )


def _facts(session: Session, who: Actor, document: Document, line: LetterLine) -> dict[str, str | None]:
    """What stands on the card beside the plain columns."""
    speaks = language()
    addressee = session.get(Official, document.addressee_id) if document.addressee_id else None
    return {
        "address": reaching.address_of(
            session, who, document, document.correspondent_address, document.correspondent_id
        ),
        "register": document.register.name(speaks),
        "channel": t(f"registry.channel.{document.channel.value}"),
        "type": t(f"registry.document_type.{document.document_type}"),
        "grade": t(f"registry.grade.{document.grade.value}"),
        "signed": t("by_hand.mark") if line.by_hand else "",
        "addressee": addressee.name(speaks) if addressee is not None else "",
    }


def _noted(steps: list[course.Step]) -> list[course.Step]:
    """The acquaintance list: everybody who was asked to take note."""
    found = []
    for step in steps:
        if step.assignment is not None and step.assignment.purpose.value == "acquaint":
            found.append(step)
        found += _noted(step.steps)
    return found


def _withdrawn(session: Session, document: Document, papers: Sequence[DocumentContent]) -> list[tuple[Any, str]]:
    gone = [p for p in papers if p.withdrawn_at is not None]
    why = history.withdrawals(session, document) if gone else {}
    raised = t("signatory.raised_since")  # a lower level of the same signed paper
    return [(p, why.get(p.content_id, raised if p.role is ContentRole.SIGNED else "")) for p in gone]


def _said(values: Any) -> dict[str, Any]:
    return {k: words.date(language(), v) if hasattr(v, "isoformat") else v for k, v in values.items()}


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


@bp.get("/<int:document_id>/contents/<int:content_id>/copy")
def searchable_copy(document_id: int, content_id: int) -> Response:
    """The PDF/A with the recognised text under a scan; opening it is a reading like any other."""
    with house().transaction() as session:
        document = reading.read(session, actor(), document_id)
        send = pictures.searchable(session, house().store, _content(session, document, content_id))
    return send()


def _content(session: Session, document: Document, content_id: int) -> Any:
    places = contents.papers(session, document, withdrawn=True)
    for place in places:
        if place.content_id == content_id:
            return place.content
    return attached.attachment_of(session, [place.content_id for place in places], content_id)
