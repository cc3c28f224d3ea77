"""People: found by three letters or by unit; entered, changed, let go and taken back by their administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.access.roles import Role
from edms.errors import Conflict, Invalid, RuleBroken
from edms.overview.handing_over import open_work
from edms.registry import registers
from edms.routing import handing_over
from edms.routing.people import absent
from edms.staff import leaving, second_factor, substitution
from edms.staff.finding import find_people
from edms.staff.granting import OF_A_UNIT, grants_of, roles_on
from edms.staff.models import Official, Organisation, RoleGrant
from edms.staff.officials import change_official, enter_official, move_official, official_of, officials
from edms.staff.organisations import organisations
from edms.staff.units import unit_of, units
from edms.web.desk import house as place
from edms.web.kit import Filled, language, read, t, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("people", __name__, url_prefix="/house/people")


class OfficialCard(BaseModel):
    """A person's card; names and posts are read by language beside it."""

    login: OneLine = ""
    unit: int | None = None
    superior: int | None = None
    language: OneLine = "ka"
    email: OneLine | None = None
    telephone: OneLine | None = None
    hired_on: Day | None = None
    version: int = 0


class Leaving(BaseModel):
    """From which day she works here no more, and who takes over until when."""

    left_on: Day | None = None
    substitute: int | None = None
    days: int = 30


@bp.get("/")
def page() -> str:
    """Who works here, by unit; those found by letters; or those who left."""
    who, text = actor(), request.args.get("q", "")[:100]
    with house().transaction() as session:
        where, gone = place.organisation(session, who), "left" in request.args
        found = (
            find_people(session, who, text, organisation=where, most=50)
            if text.strip()
            else officials(session, who, organisation=where, left=gone)
        )
        day = clock.today(where.time_zone)
        held = roles_on(session, who, found, day)
        away = absent(session, [each.official_id for each in found], day)
        rows = [
            (
                each,
                [t(f"access.role.{role.value}") for role in held[each.official_id]] if not gone else [],
                away[each.official_id].substitute if each.official_id in away else None,
            )
            for each in found
        ]
        rows.sort(key=lambda row: (row[0].unit.index if row[0].unit else "", row[0].login))
        return render_template(
            "desk/house_people.html", rows=rows, where=where, q=text, gone=gone, kept=place.of(where, who),
            offices=organisations(session, who), may_manage=permits(who, Permission.PEOPLE_MANAGE, where),
        )  # fmt: skip


@bp.get("/find")
def find() -> str:
    """The answer to a combobox: somebody by letters of any name, in any script."""
    who = actor()
    with house().transaction() as session:
        found = find_people(session, who, request.args.get("q", ""), organisation=place.organisation(session, who))
        rows = [(each.official_id, each.name(language()), each.post(language())) for each in found]
    return render_template("desk/options.html", rows=rows)


@bp.route("/new", methods=["GET", "POST"])
def enter() -> str | Response | tuple[str, int]:
    """A new person; the page after it gives roles and the first password."""
    who = actor()
    try:
        with house().transaction() as session:
            where = place.organisation(session, who)
            require(who, Permission.PEOPLE_MANAGE, where)
            if request.method == "GET":
                form = Filled.of(language=where.language, hired_on=today(), unit=request.args.get("unit"))
                return _form(session, who, where, None, form)
            card = read(OfficialCard)
            made = enter_official(
                session, who, where, login=card.login, names=place.names("names"), posts=place.names("posts"),
                unit=unit_of(session, who, card.unit) if card.unit else None, language=card.language,
                email=card.email, telephone=card.telephone, hired_on=card.hired_on,
                superior=official_of(session, who, card.superior) if card.superior else None,
            )  # fmt: skip
            official_id = made.official_id
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            where = place.organisation(session, who)
            return _form(session, who, where, None, place.again(error, "names", "posts")), 422
    return redirect(url_for("people.person", official_id=official_id), 303)


@bp.get("/<int:official_id>")
def person(official_id: int) -> str:
    """One person: what she may do, for whom she stands in, and what her administrator can do about it."""
    with house().transaction() as session:
        return person_page(session, actor(), official_of(session, actor(), official_id), Filled())


@bp.route("/<int:official_id>/change", methods=["GET", "POST"])
def change(official_id: int) -> str | Response | tuple[str, int]:
    """Names, posts, unit, superior, language and addresses."""
    who = actor()
    try:
        with house().transaction() as session:
            official = official_of(session, who, official_id)
            require(who, Permission.PEOPLE_MANAGE, official)
            if request.method == "GET":
                return _form(session, who, official.organisation, official, _filled(official))
            card = read(OfficialCard)
            unit = unit_of(session, who, card.unit) if card.unit else None
            superior = official_of(session, who, card.superior) if card.superior else None
            change_official(
                session, who, official, version=card.version, names=place.names("names"), posts=place.names("posts"),
                language=card.language, email=card.email, telephone=card.telephone,
            )  # fmt: skip
            if (official.unit_id, official.superior_id) != (card.unit, card.superior):
                move_official(session, who, official, unit=unit, superior=superior)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            official = official_of(session, who, official_id)
            form = place.again(error, "names", "posts")
            return _form(session, who, official.organisation, official, form), 422
    return redirect(url_for("people.person", official_id=official_id), 303)


@bp.route("/<int:official_id>/leave", methods=["GET", "POST"])
def leave(official_id: int) -> str | Response | tuple[str, int]:
    """Let her go from a day, and let somebody take over what lies with her."""
    who = actor()
    try:
        with house().transaction() as session:
            official = official_of(session, who, official_id)
            require(who, Permission.PEOPLE_MANAGE, official)
            if request.method == "GET":
                return _leave(session, who, official, Filled.of(left_on=today(), days=30))
            form = read(Leaving)
            day = form.left_on or clock.today(official.organisation.time_zone)
            leaving.let_go(session, who, official, left_on=day)
            if form.substitute is not None:
                taking_over = official_of(session, who, form.substitute)
                substitution.enter_substitution(
                    session, who, absent=official, substitute=taking_over, from_on=day,
                    until_on=day + timedelta(days=max(form.days - 1, 0)), reason=t("people.handing_over_reason"),
                )  # fmt: skip
    except (Invalid, Conflict, RuleBroken) as error:
        with house().transaction() as session:
            return _leave(session, who, official_of(session, who, official_id), place.again(error)), 422
    return redirect(url_for("people.person", official_id=official_id), 303)


@bp.post("/<int:official_id>/take-back")
def take_back(official_id: int) -> Response:
    """She works here again, or does not leave after all."""
    with house().transaction() as session:
        leaving.take_back(session, actor(), official_of(session, actor(), official_id))
    return redirect(url_for("people.person", official_id=official_id), 303)


def person_page(session: Session, who: Actor, official: Official, form: Filled) -> str:
    """The page of a person, with the form of a role as it was sent."""
    where, speaks = official.organisation, language()
    day = clock.today(where.time_zone)
    manages = permits(who, Permission.PEOPLE_MANAGE, where)
    grants = grants_of(session, who, official)
    return render_template(
        "desk/house_person.html",
        person=official,
        where=where,
        kept=place.of(where, who),
        form=form if form.failed else Filled.of(from_on=day),
        grants=[(g, g.from_on <= day and (g.until_on is None or g.until_on >= day)) for g in grants],
        ahead={g.role_grant_id for g in grants if g.until_on is None or g.until_on >= day},
        standing=substitution.substitutions(session, who, official=official)[:10],
        day=day,
        gone=official.left_on is not None and official.left_on <= day,
        may_manage=manages and official.official_id not in who.people,
        may_change=manages,
        hands_over=official.official_id == who.official_id or handing_over.leads(session, who, official),
        has_factor=manages and second_factor.is_set(session, official),
        superior=session.get(Official, official.superior_id) if official.superior_id else None,
        roles=[(role.value, t(f"access.role.{role.value}")) for role in Role if role is not Role.AUDITOR],
        limits={g.role_grant_id: _limits(session, g) for g in grants},
        units=[(u.unit_id, f"{u.index} {u.name(speaks)}".strip()) for u in units(session, who, organisation=where) if u.open_on(day)],
        of_a_unit=[t(f"access.role.{role.value}") for role in Role if role in OF_A_UNIT],
    )  # fmt: skip


def _limits(session: Session, grant: RoleGrant) -> list[str]:
    """To what an auditor's access is limited, in words."""
    said = []
    if grant.register_ids is not None:
        names = registers.names_of(session, grant.register_ids, language())
        said.append(t("audit.only_registers", names=words.list_of(language(), names)))
    if grant.letters_from is not None or grant.letters_until is not None:
        first, last = (words.date(language(), day) if day else "…" for day in (grant.letters_from, grant.letters_until))
        said.append(t("audit.only_letters", first=first, last=last))
    return said


def _form(session: Session, who: Actor, where: Organisation, official: Official | None, form: Filled) -> str:
    speaks, day = language(), clock.today(where.time_zone)
    here = [p for p in officials(session, who, organisation=where) if official is None or p is not official]
    open_units = [u for u in units(session, who, organisation=where) if u.open_on(day)]
    return render_template(
        "desk/house_person_form.html", person=official, where=where, form=form, kept=place.of(where, who),
        units=[(u.unit_id, f"{u.index} {u.name(speaks)}".strip()) for u in open_units],
        people=[(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in here],
        oneself=official is not None and official.official_id in who.people,
    )  # fmt: skip


def _filled(official: Official) -> Filled:
    values: dict[str, Any] = {**place.spread("names", official.names), **place.spread("posts", official.posts)}
    for name in ("login", "language", "email", "telephone", "version"):
        values[name] = getattr(official, name)
    return Filled.of(**values, unit=official.unit_id, superior=official.superior_id)


def _leave(session: Session, who: Actor, official: Official, form: Filled) -> str:
    speaks = language()
    here = officials(session, who, organisation=official.organisation)
    return render_template(
        "desk/house_leave.html", person=official, form=form, work=open_work(session, who, official),
        people=[(p.official_id, f"{p.name(speaks)} · {p.post(speaks)}") for p in here if p is not official],
    )  # fmt: skip
