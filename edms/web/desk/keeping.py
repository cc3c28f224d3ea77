"""Keeps what somebody types, while she types it; she alone gets it back, also after signing in again."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from edms.staff import kept_forms
from edms.web.kit import once
from edms.web.kit.house import house
from edms.web.kit.look import back
from edms.web.kit.session import actor

bp = Blueprint("keeping", __name__, url_prefix="/kept")


@bp.post("/<place>")
def keep(place: str) -> tuple[str, int]:
    """Keep the fields of a form."""
    values = {name: texts for name, texts in request.form.lists() if name not in ("csrf_token", once.FIELD)}
    with house().transaction() as session:
        kept_forms.keep(session, actor(), place, values)
    return "", 204


@bp.post("/<place>/forget")
def forget(place: str) -> Response:
    """Put away what was brought back, and show the form as it was."""
    with house().transaction() as session:
        kept_forms.forget(session, actor(), place)
    return redirect(back("/"), 303)
