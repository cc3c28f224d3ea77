"""Labels: printed for the paper, one or a sheet of them, and what those on a scan mean, said where the scan lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, abort, request
from flask import Response as Answer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.capture import labelled
from edms.capture.labelled import Found, Meaning
from edms.drafting.paper.labels import ON_A_SHEET, Label, label_sheet
from edms.drafting.paper.separators import separator_sheet
from edms.overview.on_paper import waiting_for_scans
from edms.registry import documents, labels, separators
from edms.registry.models import Arrival, Document
from edms.staff.models import Organisation
from edms.web.kit import t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("labels", __name__, url_prefix="/labels")
MOST = 4 * ON_A_SHEET
LETTER = (Meaning.WAITS, Meaning.HAS_SCAN, Meaning.FILED)


@dataclass(frozen=True)
class Said:
    """What the labels on a scan mean, in words and in a few; `document` is the letter where its reader may open it."""

    meaning: Meaning
    text: str
    short: str
    document: Document | None
    number_id: int | None
    register_id: int | None
    pages: tuple[int, ...]


@bp.get("/sheet.pdf")
def sheet() -> Response:
    """Labels for all letters on paper that wait for their scan, on A4; ?first= is the first place that is free."""
    who = actor()
    require(who, Permission.ARRIVAL_TAKE_IN)
    with house().transaction() as session:
        organisation = session.get_one(Organisation, who.organisation_id)
        made = [label_of(document, organisation) for document in waiting_for_scans(session, who, limit=MOST)]
    if not made:
        abort(404)
    return pdf(label_sheet(made, title=t("labels.sheet"), first=request.args.get("first", 1, int)).pdf)


@bp.get("/separator.pdf")
def separator() -> Response:
    """The sheet that is laid between two letters in a feeder, to be printed as often as it is needed."""
    who = actor()
    require(who, Permission.ARRIVAL_TAKE_IN)
    with house().transaction() as session:
        organisation = session.get_one(Organisation, who.organisation_id)
        made = separator_sheet(
            language=organisation.language,
            office=organisation.name(organisation.language),
            code=separators.code(house().label_key, organisation.code),
        )
    return pdf(made.pdf)


def label_of(document: Document, organisation: Organisation) -> Label:
    """The label of a letter."""
    return Label(
        language=organisation.language,
        office=organisation.name(organisation.language),
        number=document.number,
        day=document.registered_on,
        sheets=document.sheets,
        annex_sheets=document.annex_sheets,
        code=labels.code(
            house().label_key, organisation.code, document.register_id, document.year, document.serial
        ),
    )  # fmt: skip


def said_of(session: Session, who: Actor, waiting: Sequence[Arrival]) -> dict[int, Said]:
    """What the labels on what waits mean, by content; scans without a label are left out."""
    ids = [arrival.content_id for arrival in waiting if arrival.content_id is not None]
    found = labelled.found_on(session, house().label_key, who.organisation_id or 0, ids) if ids else {}
    named = [each.document.document_id for each in found.values() if each.document is not None]
    seen = documents.seen_of(session, who, named)
    return {content_id: _said(each, seen) for content_id, each in found.items()}


def _said(found: Found, seen: dict[int, Document]) -> Said:
    document = seen.get(found.document.document_id) if found.document is not None else None
    meaning = found.meaning
    if meaning in LETTER and document is None:
        meaning = Meaning.UNKNOWN  # of a letter that the reader may not know of nothing is said
    number = found.number if meaning is Meaning.NOT_ENTERED else None
    pages = ", ".join(map(str, found.pages))
    return Said(
        meaning,
        t(f"labels.{meaning.value}", said=found.said, pages=pages),
        t(f"labels.short.{meaning.value}", said=found.said),
        document,
        number.number_id if number else None,
        number.register_id if number else None,
        found.pages,
    )


def pdf(made: bytes) -> Response:
    """A sheet, shown in the browser so that it can be printed at once."""
    return Answer(made, mimetype="application/pdf", headers={"Content-Disposition": "inline; filename=labels.pdf"})
