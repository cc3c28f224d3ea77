"""Links by hand: another letter found by its number or by words, and why the two belong together."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.overview.line import lines_of
from edms.registry import closeness, documents
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.registry.words import LinkKind
from edms.search.finding import find
from edms.web.desk import showing, view
from edms.web.kit import read, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("connecting", __name__, url_prefix="/letters")
MOST = 20
KINDS = (LinkKind.CONCERNS, LinkKind.EARLIER, LinkKind.REPLY_TO)
"""What people say by hand; what was made for a case its course says."""


class Linking(BaseModel):
    """To which letter, and why."""

    other: int
    kind: LinkKind = LinkKind.CONCERNS


@bp.get("/<int:document_id>/links")
def page(document_id: int) -> str:
    """Look for the other letter."""
    who, text = actor(), request.args.get("q", "").strip()[:200]
    with house().transaction() as session:
        document = document_of(session, who, document_id)
        require(who, Permission.DOCUMENT_LINK, document)
        found = [other for other in _found(session, who, text) if other.document_id != document_id]
        lines = lines_of(session, found, clock.today(who.time_zone))
        return render_template(
            "desk/links.html",
            document=document,
            line=view.line_of(session, who, document),
            q=text,
            lines=showing.lines(lines),
            kinds=[
                (kind.value, t(f"registry.link_kind.{kind.value}")) for kind in KINDS if _enters(who, document, kind)
            ],
        )


@bp.post("/<int:document_id>/links")
def link(document_id: int) -> Response:
    """Say that the two belong together."""
    who = actor()
    with house().transaction() as session:
        document = document_of(session, who, document_id, lock=True)
        form = read(Linking)
        documents.link(session, who, document, document_of(session, who, form.other), form.kind)
    return redirect(url_for("letter.page", document_id=document_id), 303)


def _enters(who: Actor, document: Document, kind: LinkKind) -> bool:
    return kind not in closeness.AS_CLOSE or permits(who, Permission.DOCUMENT_CORRECT, document)


def _found(session: Session, who: Actor, text: str) -> list[Document]:
    """By number first; then by words, as the search finds them."""
    if not text:
        return []
    exact = documents.by_number(session, who, text, limit=MOST)
    others = [hit.document for hit in find(session, who, text, index=house().search.index(session)).hits]
    return list({d.document_id: d for d in (*exact, *others)}.values())[:MOST]
