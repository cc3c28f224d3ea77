"""The tray: what reached us and waits. Files are streamed into the store before anything is written about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, abort, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid
from edms.overview.on_paper import waiting_for_scans
from edms.registry import arrivals, attached, contents, documents
from edms.registry.models import Arrival, Content, Document
from edms.registry.words import Channel, Tray
from edms.storage.port import Source
from edms.web.desk import labels, pictures, tray_lines
from edms.web.kit import once, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("arrivals", __name__, url_prefix="/arrivals")
PAGE = 100


@bp.get("/")
def tray() -> str:
    """What waits."""
    with house().transaction() as session:
        who = actor()
        waiting = arrivals.waiting(session, who, limit=PAGE)
        said = labels.said_of(session, who, waiting)
        return render_template(
            "desk/tray.html",
            lines=tray_lines.lines(session, waiting, {ident: each.short for ident, each in said.items()}),
            joined=_joined(session, who),
            waits_for_scans=bool(waiting_for_scans(session, who, limit=1)),
        )


@bp.post("/upload")
def upload() -> Response:
    """Files by an ordinary form, for browsers without script."""
    for file in request.files.getlist("file"):
        if file.filename:
            _take(file.stream, file.filename)  # sent twice it is there once
    return redirect(url_for("arrivals.tray"), 303)


@bp.post("/bytes")
def upload_bytes() -> tuple[dict[str, Any], int]:
    """One file as bare bytes, its name percent-encoded in a header; memory does not grow with it."""
    return _taken(unquote(request.headers.get("X-File-Name", "")))


@bp.put("/upload/<path:name>")
def put_bytes(name: str) -> tuple[dict[str, Any], int]:
    """The same for programs that put."""
    return _taken(name)


@bp.get("/<int:arrival_id>/page/<int:page>/<kind>")
def picture(arrival_id: int, page: int, kind: str) -> Response:
    """The picture of a page of what waits."""
    with house().transaction() as session:
        arrival = arrivals.arrival_of(session, actor(), arrival_id)
        rendition = pictures.rendition(session, arrival.content_id, page, kind)
    return pictures.answer(house().store, rendition)


@bp.get("/<int:arrival_id>/bytes")
def download(arrival_id: int) -> Response:
    """The bytes as they came."""
    with house().transaction() as session:
        content = arrivals.arrival_of(session, actor(), arrival_id).content
        if content is None:
            abort(404)
    return pictures.download(house().store, content)


@bp.get("/<int:arrival_id>/contents/<int:content_id>")
def attachment(arrival_id: int, content_id: int) -> Response:
    """The bytes of what is attached to it, or lies in it."""
    with house().transaction() as session:
        content = _inside(session, arrival_id, content_id)
    return pictures.download(house().store, content)


@bp.get("/<int:arrival_id>/contents/<int:content_id>/page/<int:page>/<kind>")
def attached_picture(arrival_id: int, content_id: int, page: int, kind: str) -> Response:
    """The picture of a page of what is attached to it."""
    with house().transaction() as session:
        rendition = pictures.rendition(session, _inside(session, arrival_id, content_id).content_id, page, kind)
    return pictures.answer(house().store, rendition)


def _inside(session: Session, arrival_id: int, content_id: int) -> Content:
    outer = arrivals.arrival_of(session, actor(), arrival_id).content_id
    return attached.attachment_of(session, [outer] if outer is not None else [], content_id)


def _joined(session: Session, who: Actor) -> list[tuple[Arrival, Document]]:
    """What its label has led to its letter since yesterday, as far as the reader may know the letter."""
    found = arrivals.joined_by_label(session, who, since=clock.now() - timedelta(days=1))
    seen = documents.seen_of(session, who, [arrival.document_id for arrival in found if arrival.document_id])
    return [(each, seen[each.document_id]) for each in found if each.document_id in seen]


def _taken(name: str) -> tuple[dict[str, Any], int]:
    arrival = _take(request.stream, name or "-")
    return {
        "arrival": arrival.arrival_id,
        "text": t("web.upload.stored"),
        "href": url_for("register_letter.card", arrival_id=arrival.arrival_id),
    }, 201


def _take(stream: Source, name: str) -> Arrival:
    """Bytes first, row second: no transaction is open while a slow line sends."""
    who = actor()
    require(who, Permission.ARRIVAL_TAKE_IN)  # before a byte is stored, not after
    stored = house().store.put(stream, limit=house().settings.upload_limit_bytes)
    if not stored.size:  # said now, while the sender still stands at the counter; of its bytes there is none to lose
        raise Invalid("counter.empty_file", name=contents.kept_name(name))
    with house().transaction() as session:
        here = who.organisation_id or 0
        sent = once.sent(session, who, stored.sha256.encode(), name.encode())
        if sent.place is not None:
            return session.get_one(Arrival, int(sent.place))
        content = contents.enter(session, who, organisation_id=here, stored=stored, name=name)
        arrival = arrivals.take_in(
            session, who, organisation_id=here, tray=Tray.UPLOAD, channel=Channel.COUNTER, content=content
        )
        session.flush()
        sent.led(str(arrival.arrival_id))
        return arrival


def scan_choices(found: list[Document]) -> list[tuple[str, str]]:
    """Letters on paper that wait for their scan, as choices."""
    return [(str(d.document_id), f"{d.number} · {d.correspondent_name or d.summary}") for d in found]
