"""Organisations: a body below one's own opened with its usual registers, and what its papers and pages say of it."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel, Field
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.registry.openings import usual_registers
from edms.staff.models import Organisation, OrganisationKind
from edms.staff.organisations import COUNTRIES, change_organisation, open_organisation, organisation_of
from edms.web.desk import house as place
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("organisations", __name__, url_prefix="/house/organisations")

ZONES = ("Asia/Tbilisi", "Asia/Yerevan")


class OrganisationCard(BaseModel):
    """An organisation's card; its texts are read by language beside it."""

    code: OneLine = ""
    kind: OneLine = "municipality"
    language: OneLine = "ka"
    country: OneLine = "GE"
    time_zone: OneLine = "Asia/Tbilisi"
    identification: OneLine | None = None
    telephone: OneLine | None = None
    email: OneLine | None = None
    first_serial: int = Field(default=1, ge=1, le=999_999)
    version: int = 0


@bp.route("/new", methods=["GET", "POST"])
def enter() -> str | Response | tuple[str, int]:
    """A body below: opened with the usual registers; its administrator is entered next."""
    who = actor()
    try:
        with house().transaction() as session:
            above = place.organisation(session, who)
            require(who, Permission.PEOPLE_MANAGE, above)
            if request.method == "GET":
                form = Filled.of(
                    kind="body",
                    language=above.language,
                    country=above.country,
                    time_zone=above.time_zone,
                    first_serial=1,
                )
                return _form(None, above, form)
            card = read(OrganisationCard)
            made = open_organisation(
                session, who, code=card.code, names=place.names("names"), kind=kind_of(card.kind), above=above,
                language=card.language, time_zone=card.time_zone, country=card.country, identification=card.identification,
            )  # fmt: skip
            usual_registers(session, made, first_serial=card.first_serial)
            organisation_id = made.organisation_id
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _form(None, place.organisation(session, who), place.again(error, "names")), 422
    return redirect(url_for("people.page", organisation=organisation_id), 303)


@bp.route("/<int:organisation_id>", methods=["GET", "POST"])
def change(organisation_id: int) -> str | Response | tuple[str, int]:
    """Its names, address, telephone, counter and language: they stand on slips and letterheads."""
    who = actor()
    try:
        with house().transaction() as session:
            found = organisation_of(session, who, organisation_id)
            require(who, Permission.PEOPLE_MANAGE, found)
            if request.method == "GET":
                return _form(found, None, _filled(found))
            card = read(OrganisationCard)
            change_organisation(
                session, who, found, version=card.version, names=place.names("names"), kind=kind_of(card.kind),
                address=place.names("address"), counter=place.names("counter"), language=card.language,
                time_zone=card.time_zone, country=card.country, identification=card.identification,
                telephone=card.telephone, email=card.email,
            )  # fmt: skip
            kept = place.of(found, who)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            found = organisation_of(session, who, organisation_id)
            return _form(found, None, place.again(error, "names", "address", "counter")), 422
    return redirect(url_for("units.page", **kept), 303)


def kind_of(typed: str) -> OrganisationKind:
    """The kind as chosen. Errors: Invalid."""
    if typed not in set(OrganisationKind):
        raise Invalid(fields={"kind": "field.not_a_choice"})
    return OrganisationKind(typed)


def _filled(found: Organisation) -> Filled:
    texts = {**place.spread("names", found.names), **place.spread("address", found.address)}
    texts |= place.spread("counter", found.counter)
    plain = ("kind", "language", "country", "time_zone", "identification", "telephone", "email", "version")
    return Filled.of(**texts, **{name: getattr(found, name) for name in plain})


def _form(found: Organisation | None, above: Organisation | None, form: Filled) -> str:
    present = found.time_zone if found is not None else ZONES[0]
    zones = [*dict.fromkeys((*ZONES, present, *sorted(z for z in available_timezones() if z.startswith(("Asia/", "Europe/")))))]  # fmt: skip
    return render_template(
        "desk/house_organisation.html", found=found, above=above, form=form, zones=[(z, z) for z in zones],
        kinds=[(kind.value, t(f"setup.choice.kind.{kind.value}")) for kind in OrganisationKind],
        countries=[(code, t(f"house.country.{code.lower()}")) for code in COUNTRIES],
    )  # fmt: skip
