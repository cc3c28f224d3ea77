"""The list of who was asked to read a letter, and who did when: the proof of acquaintance, made to be printed."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy import select

from edms import clock
from edms.registry.documents import document_of
from edms.routing.acquaintance import readings
from edms.staff.models import Official
from edms.web.desk import view
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("reading_list", __name__, url_prefix="/letters")


@bp.get("/<int:document_id>/readers")
def page(document_id: int) -> str:
    """Everybody asked, each with post and time."""
    who = actor()
    with house().transaction() as session:
        document = document_of(session, who, document_id)
        works = readings(session, document)
        found = select(Official).where(Official.official_id.in_({work.official_id for work in works}))
        people = {person.official_id: person for person in session.scalars(found)}
        return render_template(
            "desk/reading_list.html",
            document=document,
            line=view.line_of(session, who, document),
            rows=[(people[work.official_id], work) for work in works],
            read=sum(work.state.value == "done" for work in works),
            now=clock.now(),
        )
