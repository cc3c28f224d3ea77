"""Tokens of programs: made for a person with an end, shown once, listed, revoked."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.staff import tokens as rooms
from edms.staff.officials import official_of, officials
from edms.web.desk import house as place
from edms.web.kit import Filled, language, read
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("tokens", __name__, url_prefix="/house/tokens")

DAYS = 365


class Token(BaseModel):
    """For whom the program acts, what it is called, after how many days it ends."""

    official: int
    label: OneLine = ""
    days: int | None = Field(default=None, ge=1, le=3650)


@bp.get("/")
def page() -> str:
    """The tokens of the organisations that she administers."""
    who = actor()
    with house().transaction() as session:
        found = rooms.tokens(session, who)
        return render_template("desk/house_tokens.html", tokens=found, now=clock.now())


@bp.route("/new", methods=["GET", "POST"])
def create() -> str | Response | tuple[str, int]:
    """A new token; its secret stands on the page once."""
    away = to_step_up()
    if away is not None:
        return away
    who = actor()
    try:
        with house().transaction() as session:
            where = place.organisation(session, who)
            require(who, Permission.TOKEN_MANAGE, where)
            if request.method == "GET":
                return _form(session, who, Filled.of(days=DAYS))
            form = read(Token)
            until = clock.now() + timedelta(days=form.days) if form.days else None
            official = official_of(session, who, form.official)
            token, secret = rooms.create_token(session, who, official, label=form.label, expires_at=until)
            return render_template("desk/house_token.html", token=token, person=official, secret=secret)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _form(session, who, place.again(error)), 422


@bp.post("/<int:api_token_id>/revoke")
def revoke(api_token_id: int) -> Response:
    """From now on it opens nothing."""
    with house().transaction() as session:
        rooms.revoke_token(session, actor(), rooms.token_of(session, actor(), api_token_id))
    return redirect(url_for("tokens.page"), 303)


def _form(session: Session, who: Actor, form: Filled) -> str:
    speaks = language()
    where = place.organisation(session, who)
    people = [
        (p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in officials(session, who, organisation=where)
    ]
    return render_template("desk/house_token_form.html", form=form, people=people, kept=place.of(where, who))
