"""The page of the first day: opened with the address that `edms setup` prints, gone once an organisation is there.

It asks what `edms setup` asks at the terminal, writes both the organisation and its first administrator, and signs her in.
"""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.registry.founding import Town, found
from edms.staff import founding, throttle
from edms.staff.credentials import first_administrator
from edms.staff.models import OrganisationKind
from edms.staff.organisations import COUNTRIES
from edms.web.desk import house as place
from edms.web.desk.house_organisations import kind_of
from edms.web.kit import Filled, language, read, t
from edms.web.kit import session as kit_session
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house

bp = Blueprint("founding", __name__)
KIND = "setup"
ZONES = {"GE": "Asia/Tbilisi", "AM": "Asia/Yerevan"}


class Card(BaseModel):
    """What is asked; texts in languages are read beside it."""

    kind: OneLine = "municipality"
    code: OneLine = ""
    language: OneLine = "ka"
    country: OneLine = "GE"
    telephone: OneLine | None = None
    login: OneLine = ""
    password: str = ""


@bp.route("/setup", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """Without the right key it only says where the key is. Errors: NotFound once a town has moved in."""
    with house().transaction() as session:
        if not founding.is_empty(session):
            raise NotFound
    if not _opened():
        return render_template("portal/setup_closed.html")
    if request.method == "GET":
        speaks = language() if language() in ("ka", "hy") else "ka"
        country = "AM" if speaks == "hy" else "GE"
        return _form(Filled.of(kind="municipality", language=speaks, country=country))
    try:
        card = read(Card)
        login, password = _write(card)
    except (Invalid, Conflict, RuleBroken) as error:
        return _form(place.again(error, "names", "address", "counter", "admin")), 422
    kit_session.enter(login, password)
    return redirect(url_for("moving_in.page"), 303)


def _write(card: Card) -> tuple[str, str]:
    needed = {
        "names": any(place.names("names").values()), "code": card.code.strip(),
        "admin": any(place.names("admin").values()), "login": card.login, "password": card.password,
    }  # fmt: skip
    missing: dict[str, Any] = {field: "field.missing" for field, given in needed.items() if not given}
    if missing:  # all at once: one after another would be five journeys
        raise Invalid(fields=missing)
    town = Town(
        code=card.code.strip().casefold(), names=place.names("names"), kind=kind_of(card.kind), language=card.language,
        country=card.country, time_zone=ZONES.get(card.country, ZONES["GE"]), address=place.names("address"),
        counter=place.names("counter"), telephone=card.telephone,
    )  # fmt: skip
    with house().transaction() as session:
        founding.begin(session, demo=house().settings.demo)
        if not founding.is_empty(session):  # the button was pressed twice: it is done, and who did it can enter
            return card.login, card.password
        opened = found(session, town, demo=house().settings.demo)
        first_administrator(session, opened, login=card.login, names=place.names("admin"), password=card.password)
    return card.login, card.password


def _opened() -> bool:
    """Was the right key given? Wrong ones are counted and slowed. Errors: TooManyAttempts."""
    given = request.values.get("key", "")
    if not given:
        return False
    subjects = {"address": request.remote_addr or ""}
    right = hmac.compare_digest(given.encode(), founding.code(house().keys).encode())
    with house().transaction() as session:
        throttle.check(session, KIND, subjects, keys=house().keys)
        if not right:
            throttle.note_failure(session, KIND, subjects, keys=house().keys)
    return right


def _form(form: Filled) -> str:
    return render_template(
        "portal/setup.html", form=form, key=request.values["key"],
        kinds=[(kind.value, t(f"setup.choice.kind.{kind.value}")) for kind in OrganisationKind],
        countries=[(code, t(f"house.country.{code.lower()}")) for code in COUNTRIES],
        tongues=[(code, t(f"language.name.{code}")) for code in ("ka", "hy", "en", "ru")],
    )  # fmt: skip
