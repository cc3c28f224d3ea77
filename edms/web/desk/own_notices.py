"""Notices by mail, as one chooses for oneself: kind by kind, on the desk alone, at once, or once a working day."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.errors import Invalid
from edms.notices import mailing
from edms.notices.choosing import DESK, NoticeKind, choose, chosen
from edms.staff.models import Official
from edms.web.kit import Filled, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("own_notices", __name__, url_prefix="/account/notices")
RHYTHMS = (DESK, "daily", "now")


@bp.route("/", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """The choice, with what is usual where she has made none."""
    who = actor()
    try:
        with house().transaction() as session:
            official = session.get_one(Official, who.official_id)
            if request.method == "GET":
                return _page(session, official, Filled.of(**_present(official)))
            given = {kind.value: request.form.get(kind.value, DESK) for kind in NoticeKind}
            choose(session, who, official, given)
    except Invalid as error:
        with house().transaction() as session:
            return _page(session, session.get_one(Official, who.official_id), Filled.again(error)), 422
    return redirect(url_for("own_notices.page", kept="yes"), 303)


def _present(official: Official) -> dict[str, str]:
    return {kind.value: rhythm.value if rhythm else DESK for kind, rhythm in chosen(official).items()}


def _page(session: Session, official: Official, form: Filled) -> str:
    settings = house().settings
    return render_template(
        "desk/account_notices.html", form=form, person=official, kinds=list(NoticeKind),
        rhythms=[(name, t(f"notices.rhythm.{name}")) for name in RHYTHMS], kept=bool(request.args.get("kept")),
        mail=bool(settings.smtp_url and settings.smtp_from), trouble=mailing.last_trouble(session, official),
    )  # fmt: skip
