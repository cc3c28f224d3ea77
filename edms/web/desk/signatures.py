"""The signatures of a letter and of an arrival: what was signed, the evidence, and a check once more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.overview import reading
from edms.registry import arrivals, contents
from edms.registry.documents import document_of
from edms.registry.models import Arrival, Content
from edms.signing import checking, verdict_lines
from edms.web.desk import verdicts
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("signatures", __name__)


def of_letter(session: Session, document_id: int, content_ids: Collection[int]) -> list[dict[str, Any]]:
    """The verdicts on the papers of a letter that the reader sees."""
    return verdicts.panels(
        session,
        content_ids,
        lambda what, content_id: url_for(f"signatures.letter_{what}", document_id=document_id, content_id=content_id),
    )


def of_arrival(session: Session, arrival: Arrival) -> list[dict[str, Any]]:
    """The verdicts on what arrived."""
    arrival_id = arrival.arrival_id
    return verdicts.panels(
        session,
        [arrival.content_id] if arrival.content_id else [],
        lambda what, content_id: url_for(f"signatures.arrival_{what}", arrival_id=arrival_id, content_id=content_id),
    )


@bp.get("/letters/<int:document_id>/contents/<int:content_id>/signed")
def letter_signed(document_id: int, content_id: int) -> Response:
    """The revision that was signed; its reading is written into the history."""
    with house().transaction() as session:
        reading.read(session, actor(), document_id)
        content = _of_letter(session, document_id, content_id)
        line = verdict_lines.newest(session, content_id)
        return verdicts.signed_part(house().store, content, line)


@bp.get("/letters/<int:document_id>/contents/<int:content_id>/evidence")
def letter_evidence(document_id: int, content_id: int) -> Response:
    """All that the verdict rests on."""
    with house().transaction() as session:
        content = _of_letter(session, document_id, content_id)
        return verdicts.evidence(content, verdict_lines.newest(session, content_id))


@bp.get("/letters/<int:document_id>/contents/<int:content_id>/report")
def letter_report(document_id: int, content_id: int) -> Response:
    """The same as other systems read it."""
    with house().transaction() as session:
        content = _of_letter(session, document_id, content_id)
        return verdicts.report(content, verdict_lines.newest(session, content_id))


@bp.get("/letters/<int:document_id>/contents/<int:content_id>/carried-on")
def letter_carried_on(document_id: int, content_id: int) -> Response:
    """The file that carries a proof on; its reading is written into the history."""
    with house().transaction() as session:
        reading.read(session, actor(), document_id)
        return verdicts.whole(house().store, _of_letter(session, document_id, content_id))


@bp.post("/letters/<int:document_id>/contents/<int:content_id>/check")
def letter_check(document_id: int, content_id: int) -> Response:
    """Have it checked once more."""
    with house().transaction() as session:
        checking.again(session, _of_letter(session, document_id, content_id))
    return redirect(url_for("letter.page", document_id=document_id), 303)


@bp.get("/arrivals/<int:arrival_id>/contents/<int:content_id>/signed")
def arrival_signed(arrival_id: int, content_id: int) -> Response:
    """The revision that was signed."""
    with house().transaction() as session:
        content = _of_arrival(session, arrival_id, content_id)
        return verdicts.signed_part(house().store, content, verdict_lines.newest(session, content_id))


@bp.get("/arrivals/<int:arrival_id>/contents/<int:content_id>/evidence")
def arrival_evidence(arrival_id: int, content_id: int) -> Response:
    """All that the verdict rests on."""
    with house().transaction() as session:
        content = _of_arrival(session, arrival_id, content_id)
        return verdicts.evidence(content, verdict_lines.newest(session, content_id))


@bp.get("/arrivals/<int:arrival_id>/contents/<int:content_id>/report")
def arrival_report(arrival_id: int, content_id: int) -> Response:
    """The same as other systems read it."""
    with house().transaction() as session:
        content = _of_arrival(session, arrival_id, content_id)
        return verdicts.report(content, verdict_lines.newest(session, content_id))


@bp.get("/arrivals/<int:arrival_id>/contents/<int:content_id>/carried-on")
def arrival_carried_on(arrival_id: int, content_id: int) -> Response:
    """The file that carries a proof on."""
    with house().transaction() as session:
        return verdicts.whole(house().store, _of_arrival(session, arrival_id, content_id))


@bp.post("/arrivals/<int:arrival_id>/contents/<int:content_id>/check")
def arrival_check(arrival_id: int, content_id: int) -> Response:
    """Have it checked once more."""
    with house().transaction() as session:
        checking.again(session, _of_arrival(session, arrival_id, content_id))
    return redirect(url_for("register_letter.card", arrival_id=arrival_id), 303)


def _of_letter(session: Session, document_id: int, content_id: int) -> Content:
    document = document_of(session, actor(), document_id)
    held = [place.content_id for place in contents.papers(session, document, withdrawn=True)]
    return contents.inside(session, held, content_id)


def _of_arrival(session: Session, arrival_id: int, content_id: int) -> Content:
    arrival = arrivals.arrival_of(session, actor(), arrival_id)
    return contents.inside(session, [arrival.content_id] if arrival.content_id else [], content_id)
