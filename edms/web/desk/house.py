"""The place "House": what of it is hers, which organisation she looks at, and how its forms speak of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.errors import EdmsError
from edms.staff.models import Organisation
from edms.staff.organisations import organisation_of
from edms.web.kit import Filled, language, t
from edms.web.kit.session import actor

bp = Blueprint("house", __name__, url_prefix="/house")

TONGUES = ("ka", "hy", "en")

# The parts of the place in their order: name, endpoint, and the permission that opens it.
SECTIONS = (
    ("people", "people.page", Permission.PEOPLE_READ),
    ("units", "units.page", Permission.PEOPLE_READ),
    ("absences", "absences.page", Permission.PEOPLE_READ),
    ("correspondents", "correspondents.page", Permission.CORRESPONDENT_READ),
    ("registers", "house_registers.page", Permission.REGISTER_MANAGE),
    ("signing", "by_hand.rule", Permission.HAND_RULE_SET),
    ("services", "house_services.page", Permission.SERVICES_MANAGE),
    ("seal", "house_seal.page", Permission.SEAL_MANAGE),
    ("reconciliation", "reconciliation.page", Permission.ARRIVAL_READ),
    ("calendar", "calendar.page", Permission.PEOPLE_READ),
    ("tokens", "tokens.page", Permission.TOKEN_MANAGE),
    ("questions", "questions.page", Permission.QUESTION_ANSWER),
    ("moving", "moving_in.page", Permission.PEOPLE_MANAGE),
    ("signatures", "proving.page", Permission.SIGNATURE_HEALTH_READ),
    ("fixity", "fixity.page", Permission.FIXITY_READ),
    ("health", "health.page", Permission.HEALTH_READ),
)


@bp.get("/")
def page() -> Response:
    """The first part that is hers."""
    endpoint = next(each[1] for each in SECTIONS if permits(actor(), each[2]))
    return redirect(url_for(endpoint), 303)


def sections(present: str) -> list[tuple[str, str, bool]]:
    """The parts of the place that are hers, as tabs."""
    who = actor()
    return [
        (t(f"house.section.{name}"), url_for(endpoint), name == present)
        for name, endpoint, permission in SECTIONS
        if permits(who, permission)
    ]


def organisation(session: Session, who: Actor) -> Organisation:
    """The organisation that the page is about: her own, or the one of the address that she administers."""
    wanted = request.values.get("organisation", type=int)
    return organisation_of(session, who, wanted or who.organisation_id or 0)


def of(where: Organisation, who: Actor) -> dict[str, Any]:
    """What an address carries to stay with an organisation that is not her own."""
    return {} if where.organisation_id == who.organisation_id else {"organisation": where.organisation_id}


def names(stem: str) -> dict[str, str]:
    """The texts of `stem`_ka, `stem`_hy, `stem`_en of the request's form, by language."""
    return {tongue: request.form.get(f"{stem}_{tongue}", "") for tongue in TONGUES}


def spread(stem: str, texts: Mapping[str, object]) -> dict[str, object]:
    """The other way: texts by language as fields of a form."""
    return {f"{stem}_{tongue}": texts.get(tongue) for tongue in TONGUES}


def again(error: EdmsError, *stems: str) -> Filled:
    """The form just sent, with its errors; one about texts in languages stands at the page's own language."""
    form = Filled.again(error)
    at = language() if language() in TONGUES else TONGUES[0]
    errors = {f"{name}_{at}" if name in stems else name: text for name, text in form.errors.items()}
    return replace(form, errors=errors)


def day_of(text: str | None) -> MultiDict[str, str]:
    """One day as a form, for pages that have it in their address."""
    return MultiDict({"day": text or ""})
