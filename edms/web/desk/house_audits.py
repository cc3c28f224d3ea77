"""An audit: who may look at which letters, from day to day. She changes nothing, and what she looks at is written down."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor, Sight
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Invalid
from edms.registry.registers import registers_of
from edms.staff.auditing import grant_audit
from edms.staff.models import Official
from edms.staff.officials import not_herself, official_of
from edms.web.desk import house as place
from edms.web.kit import Filled, language, read, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("audits", __name__, url_prefix="/house/people")


class Audit(BaseModel):
    """From when until when, in which registers (none: all), letters of which days, on whose order."""

    from_on: Day | None = None
    until_on: Day | None = None
    registers: list[int] = []
    letters_from: Day | None = None
    letters_until: Day | None = None
    reason: OneLine = ""

    def sight(self, known: set[int]) -> Sight | None:
        """The limits; None without any. Errors: Invalid for a register of another organisation."""
        if not set(self.registers) <= known:
            raise Invalid(fields={"registers": "staff.register_unknown"})
        if not (self.registers or self.letters_from or self.letters_until):
            return None
        return Sight(frozenset(self.registers) or None, self.letters_from, self.letters_until)


@bp.route("/<int:official_id>/audit", methods=["GET", "POST"])
def grant(official_id: int) -> str | Response | tuple[str, int]:
    """Give access to audit."""
    who = actor()
    try:
        with house().transaction() as session:
            official = official_of(session, who, official_id)
            require(who, Permission.PEOPLE_MANAGE, official)
            not_herself(who, official)
            if request.method == "GET":
                return _page(session, who, official, Filled.of(from_on=f"{today():%d.%m.%Y}"))
            form = read(Audit)
            wrong = {}
            if form.until_on is None:
                wrong["until_on"] = "staff.audit_needs_end"
            if not form.reason:
                wrong["reason"] = "staff.reason_missing"
            if wrong or form.until_on is None:
                raise Invalid(fields=wrong)
            known = {book.register_id for book in registers_of(session, who, official.organisation_id)}
            grant_audit(
                session, who, official, from_on=form.from_on, until_on=form.until_on, sight=form.sight(known),
                reason=form.reason,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        with house().transaction() as session:
            return _page(session, who, official_of(session, who, official_id), place.again(error)), 422
    return redirect(url_for("people.person", official_id=official_id), 303)


def _page(session: Session, who: Actor, official: Official, form: Filled) -> str:
    books = registers_of(session, who, official.organisation_id)
    return render_template(
        "desk/house_audit.html", person=official, form=form,
        registers=[(book.register_id, book.name(language())) for book in books],
    )  # fmt: skip
