"""The record of a telephone call or a reception, printed so that the citizen can confirm it."""

from __future__ import annotations

from flask import Blueprint
from flask import Response as Answer
from werkzeug.wrappers import Response

from edms import clock, words
from edms.drafting.pages import office_of
from edms.drafting.paper.spoken import Record, spoken_record
from edms.errors import NotFound
from edms.registry import documents
from edms.registry.intake import keeping
from edms.staff.models import Official, Organisation
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("intake_papers", __name__, url_prefix="/letters")


@bp.get("/<int:document_id>/record")
def record(document_id: int) -> Response:
    """The record, in the citizen's language. Errors: NotFound for a letter that was not spoken."""
    with house().transaction() as session:
        document = documents.document_of(session, actor(), document_id)
        spoken = keeping.kept(session, document).spoken
        if spoken is None:
            raise NotFound
        organisation = session.get_one(Organisation, document.organisation_id)
        hand = session.get(Official, document.registered_by_id) if document.registered_by_id else None
        speaks, zone = document.language, organisation.time_zone
        day = clock.day_of(spoken.said_at, zone)
        at = f"{words.date(speaks, day)} {words.clock_time(spoken.said_at, zone)}"
        citizen = document.correspondent_name or ""
        rows = [
            ("card.correspondent", ", ".join(filter(None, (citizen, document.correspondent_address)))),
            ("endings.came_by", words.say(speaks, f"registry.channel.{document.channel.value}")),
            ("intake.said_at", " · ".join(filter(None, (at, spoken.place)))),
            ("card.summary", document.summary),
        ]
        values = Record(
            office=office_of(organisation, speaks),
            language=speaks,
            number=document.number,
            day=document.registered_on,
            facts=[(words.say(speaks, message), which) for message, which in rows if which],
            text=spoken.text,
            citizen=citizen,
            hand=hand.name(speaks) if hand else "",
            post=hand.post(speaks) if hand else "",
        )
    made = spoken_record(values)
    return Answer(made.pdf, mimetype="application/pdf", headers={"Content-Disposition": "inline; filename=record.pdf"})
