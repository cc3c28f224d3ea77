"""From letter to letter of a search: the bar above a letter that was opened from a list. Its address is all it knows."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Invalid
from edms.registry.models import Document
from edms.search.walking import Place, place_of
from edms.web.desk import asking
from edms.web.kit.house import house


@dataclass(frozen=True)
class Bar:
    """The place in the list and the ways out of it."""

    place: Place
    back: str | None
    next: str | None
    list: str


def bar(session: Session, who: Actor, document: Document) -> Bar | None:
    """None where the letter was not opened from a list, or is no longer in it."""
    if request.args.get("within") != "search":
        return None
    try:
        question = asking.question()
    except Invalid:
        return None
    asked = question.asked()
    place = place_of(
        session, who, document, asked.text, index=house().search.index(session), filters=asked.filters,
        order=asked.order, any_script=asked.any_script,
    )  # fmt: skip
    if place is None:
        return None
    return Bar(
        place,
        question.letter(place.back_id) if place.back_id else None,
        question.letter(place.next_id) if place.next_id else None,
        f"{question.address(after=place.after)}#line-{document.document_id}",
    )
