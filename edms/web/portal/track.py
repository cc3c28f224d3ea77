"""Tracking: number and code, no account. The same answer and work for a wrong number and a wrong code; throttled.

Also the proof: the receipt for the stand-alone checker, and the log's public key and newest checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from edms import clock, ledger, words
from edms.errors import NotFound, Unavailable
from edms.overview.case_course import Course
from edms.overview.tracking import NOTHING, Tracked, tracked
from edms.registry import numbering, tracking
from edms.registry.models import Document
from edms.registry.numbering import Candidate
from edms.services import bringing as rooms
from edms.staff import throttle
from edms.staff.models import Organisation
from edms.web.desk.route_form import said
from edms.web.kit import Filled, language, t
from edms.web.kit.house import house

bp = Blueprint("track", __name__)
KIND = "track"
LARGEST = 25 * 1024 * 1024
"""Of one file that a stranger sends, with an application or to a letter; of all together twice that."""


@bp.route("/track", methods=["GET", "POST"])
def page() -> str | tuple[str, int]:
    """Two fields; then the course and three plain sentences. The QR's link fills them in."""
    source = request.form if request.method == "POST" else request.args
    number, code = source.get("n", "")[:60], source.get("c", "")[:60]
    if not (number and code):
        return render_template("portal/track.html", form=Filled.of(n=number, c=code), found=None)
    document = find(number, code)
    if document is None:
        wrong = Filled(
            values={"n": [number], "c": [""]},
            errors={"c": t("portal.not_found")},
            text=t("portal.not_found"),
            failed=True,
        )
        return render_template("portal/track.html", form=wrong, found=None), 404
    return shown(document, number, code)


def shown(document: Document, number: str, code: str, *, bringing: Filled | None = None) -> str:
    """The page of a letter that was found; `bringing` is what she sent to it and could not be taken."""
    with house().transaction() as session:
        found = tracked(session, document, language())
        zone = session.get_one(Organisation, document.organisation_id).time_zone
        letter = session.get_one(Document, document.document_id)
        brought = [
            (clock.day_of(a.arrived_at, zone), a.document_id is not None) for a in rooms.brought(session, letter)
        ]
        awaited = rooms.awaited(session, letter)
    values = {
        "form": Filled.of(n=number, c=code),
        "found": found,
        "document": document,
        "say": say,
        "code": code,
        "case": _case(found),
        "brought": brought,
        "bringing": (bringing or Filled.of()) if awaited else None,
        "asked": found.course is not None and bool(found.course.waits or found.course.asked),
        "you": (must := you(found)),
        "idle": must == say(NOTHING),
        "largest": LARGEST,
    }
    return render_template("portal/track.html", **values)


def _case(found: Tracked) -> dict[str, Any] | None:
    """The course of her case in words; None where the letter began none."""
    course = found.course
    if course is None:
        return None
    route = course.route
    return {
        "title": said(route, route.title),
        "steps": [
            {
                "kind": "done" if day else "present",
                "what": said(route, title),
                "when": words.date(language(), day) if day else "",
            }
            for title, day in course.steps
        ],
        "told": [(said(route, message), day) for message, day in course.told],
        "outcome": t("proceedings.track.ended", outcome=said(route, course.outcome)) if course.outcome else "",
        "until": _until(course),
        "newest": _newest(course),
    }


def you(found: Tracked) -> str:
    """What she must do, in words: what her case waits for before what her letter says."""
    course = found.course
    if course is not None and course.missing:
        titles = [said(course.route, each) for each in course.missing]
        return t("proceedings.track.bring", papers=words.list_of(language(), titles))
    if course is not None and course.owing:
        return t("proceedings.track.pay", sum=words.money(language(), *course.owing))
    if course is not None and course.asked:
        titles = [said(course.route, each) for each in course.asked]
        return t("proceedings.track.asked", steps=words.list_of(language(), titles))
    return say(found.you)


def _until(course: Course) -> str:
    if course.until is None:
        return ""
    message = "proceedings.track.bring_until" if course.waits else "proceedings.track.asked_until"
    return t(message, date=words.date(language(), course.until))


def _newest(course: Course) -> str:
    """The last of what she was told; that her application arrived she knows."""
    if len(course.told) < 2:
        return ""
    message, day = course.told[0]
    return t("proceedings.track.newest", date=words.date(language(), day), message=said(course.route, message))


@bp.post("/track/receipt")
def receipt() -> Response:
    """The receipt of the registration, to be checked without us."""
    document = find(request.form.get("n", "")[:60], request.form.get("c", "")[:60])
    if document is None or document.leaf_id is None:
        raise NotFound("portal.not_found")
    made = receipt_of(document.leaf_id)
    text = json.dumps(made, ensure_ascii=False, indent=1)
    return Response(
        text, mimetype="application/json", headers={"Content-Disposition": "attachment; filename=receipt.json"}
    )


@bp.get("/log/key")
def key() -> Response:
    """The log's public key, in base64."""
    return Response(f"{house().ledger_signer.verifier.text}\n", mimetype="text/plain")


@bp.get("/log/checkpoint")
def checkpoint() -> Response:
    """The newest signed checkpoint."""
    with house().transaction() as session:
        last = ledger.latest(session)
    if last is None:
        raise NotFound
    return Response(last.note(), mimetype="text/plain")


def receipt_of(leaf_id: int) -> dict[str, Any]:
    """The receipt of a leaf; the ledger is placed and sealed now where that has not happened yet. Errors: NotFound."""
    try:
        with house().transaction() as session:
            return ledger.receipt(session, leaf_id)
    except Unavailable:
        house().seal()
        with house().transaction() as session:
            return ledger.receipt(session, leaf_id)


def of_slip(document: Document | Candidate, code: str) -> bool:
    """Is it the code on the citizen's slip?"""
    return tracking.matches(house().tracking_key, document.document_id, document.tracking_issue, code)


def of_paper(document: Document | Candidate, code: str) -> bool:
    """Is it the code on our own paper, or on the slip?"""
    printed = tracking.paper_code(house().tracking_key, document.register_id, document.year, document.serial)
    return tracking.same(printed, code) | of_slip(document, code)


def find(number: str, code: str, *, matches: Callable[[Candidate, str], bool] = of_slip) -> Document | None:
    """The letter that number and code name. Misses of either kind take the same way, are counted, and look alike."""
    subjects = {"letter": number.strip().casefold(), "address": request.remote_addr or ""}
    with house().transaction() as session:
        throttle.check(session, KIND, subjects, keys=house().keys)
        found = _match(session, number, code, matches)
        if found is None:
            throttle.note_failure(session, KIND, subjects, keys=house().keys)
        return found


def _match(session: Session, number: str, code: str, right: Callable[[Candidate, str], bool]) -> Document | None:
    rows = numbering.candidates(session, number)
    matches = [row for row in rows if right(row, code)]
    for _ in range(max(0, 20 - len(rows))):  # a number nobody has costs as much as one that twenty letters have
        tracking.matches(house().tracking_key, 0, 0, code)
    return session.get_one(Document, matches[0].document_id) if matches else None


def say(message: tuple[str, Mapping[str, object]] | None) -> str:
    """A sentence about the letter, its days written as the language writes them; empty for none."""
    if message is None:
        return ""
    values = {k: words.date(language(), v) if hasattr(v, "isoformat") else v for k, v in message[1].items()}  # type: ignore[arg-type]
    return t(message[0], **values)
