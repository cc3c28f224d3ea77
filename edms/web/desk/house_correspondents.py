"""Correspondents: found by three letters in any script or by number; entered, changed, merged without loss."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Conflict, Invalid, RuleBroken
from edms.overview.correspondent import letters_of
from edms.registry import correspondents as rooms
from edms.registry import reaching
from edms.registry.correspondents import CorrespondentCard
from edms.registry.models import Correspondent
from edms.registry.words import CorrespondentKind
from edms.web.desk import house as place
from edms.web.desk import showing
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("correspondents", __name__, url_prefix="/house/correspondents")

PAGE = 30
FOUND = 60
FIELDS = ("name", "kind", "identification", "address", "email", "telephone", "language")


class Card(BaseModel):
    """A correspondent's card."""

    name: OneLine = ""
    kind: CorrespondentKind = CorrespondentKind.PERSON
    identification: OneLine | None = None
    address: OneLine | None = None
    email: OneLine | None = None
    telephone: OneLine | None = None
    language: OneLine | None = None
    version: int = 0


@bp.get("/")
def page() -> str:
    """Those last used, or those found."""
    who, text = actor(), request.args.get("q", "")[:200]
    with house().transaction() as session:
        found = rooms.find(session, who, text, limit=FOUND)
        return render_template(
            "desk/house_correspondents.html", found=[(each, reaching.place_of(who, each), reaching.reach_of(who, each)) for each in found], q=text, fewest=rooms.FEWEST_LETTERS,
            may_edit=permits(who, Permission.CORRESPONDENT_EDIT),
        )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
def enter() -> str | Response | tuple[str, int]:
    """Enter one."""
    who = actor()
    try:
        with house().transaction() as session:
            require(who, Permission.CORRESPONDENT_EDIT)
            if request.method == "GET":
                return _form(None, Filled.of(kind="person", name=request.args.get("name")))
            made = rooms.enter(session, who, _card(read(Card), None), organisation_id=who.organisation_id or 0)
            correspondent_id = made.correspondent_id
    except (Invalid, Conflict) as error:
        return _form(None, place.again(error)), 422
    return redirect(url_for("correspondents.correspondent", correspondent_id=correspondent_id), 303)


@bp.get("/<int:correspondent_id>")
def correspondent(correspondent_id: int) -> str:
    """One of them, and the letters from and to them that the reader may see."""
    who = actor()
    before = _before(request.args.get("before", ""))
    with house().transaction() as session:
        found = rooms.correspondent_of(session, who, correspondent_id)
        rows = letters_of(session, who, found, before=before, limit=PAGE + 1)
        last = rows[PAGE - 1].document if len(rows) > PAGE else None
        mark = f"{last.registered_at.timestamp():.6f}.{last.document_id}" if last else None
        here = url_for("correspondents.correspondent", correspondent_id=found.correspondent_id)
        return render_template(
            "desk/house_correspondent.html", found=found, address=reaching.place_of(who, found), reach=reaching.reach_of(who, found), lines=showing.lines(rows[:PAGE]),
            other_names=rooms.other_names(session, who, found), older=f"{here}?before={mark}" if mark else None,
            newer=here if before else None, may_edit=reaching.changeable(who, found),
            may_merge=permits(who, Permission.CORRESPONDENT_MERGE),
        )  # fmt: skip


@bp.route("/<int:correspondent_id>/change", methods=["GET", "POST"])
def change(correspondent_id: int) -> str | Response | tuple[str, int]:
    """Change the card; letters keep the name that stands on them."""
    who = actor()
    try:
        with house().transaction() as session:
            found = rooms.correspondent_of(session, who, correspondent_id)
            reaching.require_changeable(who, found)
            if request.method == "GET":
                return _form(found, Filled.of(version=found.version, **{name: getattr(found, name) for name in FIELDS}))
            form = read(Card)
            rooms.change(session, who, found, _card(form, found), version=form.version)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _form(rooms.correspondent_of(session, who, correspondent_id), place.again(error)), 422
    return redirect(url_for("correspondents.correspondent", correspondent_id=correspondent_id), 303)


@bp.route("/<int:correspondent_id>/merge", methods=["GET", "POST"])
def merge(correspondent_id: int) -> str | Response | tuple[str, int]:
    """Two cards of one person made one: first the other is found, then is chosen which stays."""
    who = actor()
    try:
        with house().transaction() as session:
            one = rooms.correspondent_of(session, who, correspondent_id)
            require(who, Permission.CORRESPONDENT_MERGE, one)
            if request.method == "GET":
                return _merge(session, who, one, Filled())
            other = rooms.correspondent_of(session, who, request.form.get("other", 0, type=int))
            stays = request.form.get("keep", 0, type=int)
            if stays not in (one.correspondent_id, other.correspondent_id):
                raise Invalid(fields={"keep": "field.missing"})
            keep, gone = (one, other) if stays == one.correspondent_id else (other, one)
            rooms.merge(session, who, keep=keep, other=gone, reason=request.form.get("reason", ""))
            kept_id = keep.correspondent_id
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            one = rooms.correspondent_of(session, who, correspondent_id)
            return _merge(session, who, one, place.again(error)), 422
    return redirect(url_for("correspondents.correspondent", correspondent_id=kept_id), 303)


def _merge(session: Session, who: Actor, one: Correspondent, form: Filled) -> str:
    text = request.values.get("q", "")[:200]
    wanted = request.values.get("other", type=int)
    other = rooms.correspondent_of(session, who, wanted) if wanted else None
    if other is one:
        other = None
    found = rooms.find(session, who, text or one.name, limit=FOUND) if other is None else []
    return render_template(
        "desk/house_merge.html", one=one, other=other, form=form, q=text,
        found=[each for each in found if each is not one],
    )  # fmt: skip


def _card(form: Card, present: Correspondent | None) -> CorrespondentCard:
    facts = form.model_dump(exclude={"version"})
    return CorrespondentCard(**facts, own_organisation_id=present.own_organisation_id if present else None)


def _form(found: Correspondent | None, form: Filled) -> str:
    return render_template(
        "desk/house_correspondent_form.html", found=found, form=form,
        kinds=[(kind.value, t(f"registry.correspondent_kind.{kind.value}")) for kind in CorrespondentKind],
        tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "en", "ru")],
    )  # fmt: skip


def _before(text: str) -> tuple[datetime, int] | None:
    instant, _, document_id = text.rpartition(".")
    try:
        return datetime.fromtimestamp(float(instant), tz=UTC), int(document_id)
    except (ValueError, OverflowError, OSError):
        return None
