"""Papers printed on demand: the receipt slip, the label for a paper letter, the list that goes to the post."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, url_for
from flask import Response as Answer
from werkzeug.wrappers import Response

from edms import clock, words
from edms.drafting.pages import office_of
from edms.drafting.paper.labels import label
from edms.drafting.paper.lists import DispatchLine, DispatchList, dispatch_list
from edms.drafting.paper.press import Pressed
from edms.drafting.paper.slip import Slip, slip
from edms.registry import dispatch, documents, tracking
from edms.registry.downtime import sheets
from edms.registry.going_out.addressees import name_of
from edms.registry.models import Document
from edms.registry.words import Channel
from edms.staff.models import Official, Organisation
from edms.web.desk import labels
from edms.web.kit.house import house
from edms.web.kit.session import actor, visitor

bp = Blueprint("papers", __name__)
BY_POST = (Channel.POST, Channel.COURIER)
MOST_ON_A_LIST = 500


@bp.get("/letters/<int:document_id>/slip")
def slip_page(document_id: int) -> Response:
    """The receipt slip, in the citizen's language."""
    with house().transaction() as session:
        document = documents.document_of(session, actor(), document_id)
        organisation = session.get_one(Organisation, document.organisation_id)
        hand = session.get(Official, document.registered_by_id) if document.registered_by_id else None
        by_hand = sheets.by_hand(session, [document_id]).get(document_id)
        values = _slip(document, organisation, hand, by_hand)
    return _pdf(slip(values), "slip")


@bp.get("/letters/<int:document_id>/label")
def label_page(document_id: int) -> Response:
    """The label that is stuck on the paper."""
    with house().transaction() as session:
        document = documents.document_of(session, actor(), document_id)
        organisation = session.get_one(Organisation, document.organisation_id)
        values = labels.label_of(document, organisation)
    return _pdf(label(values), "label")


@bp.get("/sending/list.pdf")
def post_list() -> Response:
    """What waits to leave by post or courier, as the list that is handed over with the letters (D414 art. 34)."""
    who = actor()
    with house().transaction() as session:
        organisation = session.get_one(Organisation, who.organisation_id)
        rows = dispatch.to_send(session, who, channels=BY_POST, limit=MOST_ON_A_LIST)
        speaks = organisation.language
        values = DispatchList(
            office=office_of(organisation, speaks),
            language=speaks,
            day=clock.today(organisation.time_zone),
            lines=[
                DispatchLine(
                    addressee=name_of(session, sending, document),
                    address=sending.address or "",
                    number=document.number,
                    day=document.registered_on,
                    sheets=document.sheets + document.annex_sheets,
                    post_number=sending.proof or "",
                )
                for sending, document in rows
            ],
            handed_by=official.name(speaks) if (official := visitor().official) else "",
        )
    return _pdf(dispatch_list(values), "post")


def _slip(document: Document, organisation: Organisation, hand: Official | None, by_hand: date | None) -> Slip:
    speaks = document.language
    code = tracking.code(house().tracking_key, document.document_id, document.tracking_issue)
    public = house().settings.public_url
    here = public.rstrip("/") if public else ""
    return Slip(
        office=office_of(organisation, speaks),
        language=speaks,
        number=document.number,
        day=document.registered_on,
        by_hand=by_hand,
        time=words.clock_time(document.registered_at, organisation.time_zone),
        sheets=document.sheets,
        annex_sheets=document.annex_sheets,
        code=code,
        sender=document.correspondent_name or "",
        summary=document.summary,
        due_on=document.due_on,
        registrar=hand.name(speaks) if hand else "",
        address=here + url_for("track.page") if here else "",
        proof=here + url_for("track.page", n=document.number, c=code) if here else "",
    )


def _pdf(paper: Pressed, name: str) -> Response:
    """Our own print, shown in the browser so that it can be printed at once."""
    return Answer(
        paper.pdf, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}.pdf"}
    )
