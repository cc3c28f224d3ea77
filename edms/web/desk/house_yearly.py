"""Which services begin by themselves each year, and for whom: a part of the page of services."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.services.yearly import opening
from edms.web.desk import house as place
from edms.web.desk import house_services
from edms.web.kit import Filled
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("house_yearly", __name__, url_prefix="/house/services/yearly")


@bp.post("/")
def choose() -> Response | tuple[str, int]:
    """Say who is responsible for a service that begins by itself; nobody: it is begun by hand."""
    who = actor()
    try:
        with house().transaction() as session:
            where = place.organisation(session, who)
            require(who, Permission.SERVICES_MANAGE, where)
            opening.choose(
                session, who, where, request.form.get("service", "")[:100],
                official_id=request.form.get("official", type=int), version=request.form.get("version", 0, type=int),
            )  # fmt: skip
            kept = place.of(where, who)
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return house_services.shown(session, who, Filled.again(error)), 422 if isinstance(error, Invalid) else 409
    return redirect(url_for("house_services.page", _anchor="yearly", **kept), 303)
