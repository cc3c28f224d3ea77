"""What an applicant filled in online, as the registrar's card takes it: she typed it herself, nothing is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry.models import Arrival, Register
from edms.registry.words import DocumentType
from edms.services import applying, own_routes
from edms.staff.models import Organisation
from edms.web.desk.route_form import said


def card(session: Session, who: Actor, arrival: Arrival | None, books: Sequence[Register]) -> dict[str, Any]:
    """The fields of the card that the application answers; none for what came otherwise."""
    sent = applying.of_arrival(session, who, arrival) if arrival is not None else None
    if sent is None:
        return {}
    where = session.get_one(Organisation, sent.organisation_id)
    route = next((each for each in own_routes.titled(session, where) if each.name == sent.service), None)
    book = next((each for each in books if route is not None and each.kind is route.opens.register), None)
    named = {
        "correspondent_text": sent.values.get("applicant_name"),
        "correspondent_address": sent.values.get("applicant_address"),
        "summary": said(route, route.title) if route is not None else sent.service,
        "register_id": book.register_id if book is not None else None,
        "document_type": DocumentType.APPLICATION.value,
        "language": sent.language,
    }
    return {name: value for name, value in named.items() if value}
