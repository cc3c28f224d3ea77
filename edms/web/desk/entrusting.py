"""Who may enter one's handwritten resolutions: given and ended by the head herself."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.roles import Role
from edms.errors import Conflict, Invalid
from edms.staff import entrusting as entrusted
from edms.staff.granting import roles_on
from edms.staff.officials import official_of, officials
from edms.web.kit import Filled, language, read
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("entrusting", __name__, url_prefix="/secretaries")


class Entrusting(BaseModel):
    """Whom."""

    secretary: int


@bp.get("/")
def page() -> str:
    """Those who may enter mine, and those whose I may enter."""
    with house().transaction() as session:
        return _page(session, actor(), Filled())


@bp.post("/")
def add() -> Response | tuple[str, int]:
    """Let one more do it."""
    who = actor()
    try:
        with house().transaction() as session:
            entrusted.entrust(session, who, official_of(session, who, read(Entrusting).secretary))
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _page(session, who, Filled.again(error)), 422
    return redirect(url_for("entrusting.page"), 303)


@bp.post("/<int:entrustment_id>/end")
def end(entrustment_id: int) -> Response:
    """No longer, from now on."""
    with house().transaction() as session:
        entrusted.end(session, actor(), entrusted.entrustment_of(session, actor(), entrustment_id))
    return redirect(url_for("entrusting.page"), 303)


def _page(session: Session, who: Actor, form: Filled) -> str:
    here = officials(session, who)
    held = roles_on(session, who, here, clock.today(who.time_zone))
    secretaries = [p for p in here if Role.HEAD_SECRETARY in held[p.official_id]]
    return render_template(
        "desk/secretaries.html",
        form=form,
        rows=entrusted.entrustments(session, who),
        me=who.official_id,
        leads=permits(who, Permission.RESOLUTION_ENTRUST) and who.acting_for is None,
        people=[(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in secretaries],
    )
