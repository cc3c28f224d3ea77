"""What a case makes public, as its page draws it: each thing with where it was put and when, or the form that says so."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.proceedings import CaseSeen
from edms.services import publishing, seats
from edms.services.publishing import ToPublish
from edms.staff.models import Official
from edms.web.desk.route_form import said
from edms.web.kit import Filled, language, t


def shown(session: Session, who: Actor, found: CaseSeen, again: Filled | None, at: str) -> dict[str, Any]:
    """The lines of the section, those that wait first; `again` is the form that was refused."""
    items = publishing.of_case(session, found.case, found.route)
    matter = seats.matter_of_case(session, who, found.document, found.case)
    refused = again if at == "publications" and again is not None else None
    offered = publishing.sent_out(session, items)
    lines = [_line(session, found, item, refused, offered.get((item.document_id or 0, item.channel))) for item in items]
    return {
        "publications": sorted(lines, key=lambda each: each["done"] is not None),
        "may_publish": permits(who, Permission.CASE_PUBLISH, matter),
    }


def _line(
    session: Session, found: CaseSeen, item: ToPublish, refused: Filled | None, offered: tuple[str, date] | None
) -> dict[str, Any]:
    step, by = found.route.steps[item.row.step], None
    if item.done is not None and item.done.entered_by_id is not None:
        by = session.get_one(Official, item.done.entered_by_id).name(language())
    sent = Filled.of(place=offered[0], on=words.date(language(), offered[1])) if offered is not None else Filled.of()
    names = {"step": item.row.case_step_id, "document": item.name, "channel": item.channel.value}
    same = refused is not None and all(refused.value(name) == str(value) for name, value in names.items())
    return {
        **names,
        "what": said(found.route, f"services.document.{item.name}" if item.name else step.title),
        "where": t(f"proceedings.public.{item.channel.value}"),
        "done": item.done,
        "by": by,
        "form": refused if same and refused is not None else sent,
        "sent": offered is not None,
    }
