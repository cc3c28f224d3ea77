"""Envelopes and labels for what waits to leave, in exact millimetres."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask import Response as Answer
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting.pages import office_of
from edms.drafting.paper import envelopes as paper
from edms.errors import Invalid
from edms.registry.going_out import addressees, post
from edms.registry.words import Channel
from edms.staff.models import Organisation
from edms.web.kit import Filled, forms, read, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("envelopes", __name__, url_prefix="/envelopes")


class Asked(BaseModel):
    """Which format, for which letters, and the first label that is still on the sheet."""

    channel: Channel = Channel.POST
    form: str = "c5"
    first: int = 1


@bp.get("/")
def page() -> str:
    """What waits, all marked, and the formats."""
    asked = read(Asked, request.args)
    return _page(asked.channel, Filled.of(form="c5", first=1))


@bp.post("/")
def print_() -> Response | tuple[str, int]:
    """The envelopes or labels as PDF. Nothing is changed by printing: it can be done again."""
    who = actor()
    asked = read(Asked)
    marked = set(forms.marked())
    try:
        if asked.form not in paper.FORMATS:
            raise Invalid(fields={"form": "field.not_a_choice"})
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            rows = [row for row in post.waiting(session, who, asked.channel) if row[0].dispatch_id in marked]
            if not rows:
                raise Invalid(fields={"marked": "outgoing.nothing_marked"})
            speaks = organisation.language
            office = office_of(organisation, speaks)
            named = [
                paper.Addressed(addressees.name_of(session, sending, letter), sending.address or "", letter.number)
                for sending, letter in rows
            ]
    except Invalid as error:
        return _page(asked.channel, Filled.again(error)), 422
    if asked.form in paper.ENVELOPES:
        made = paper.envelopes(office, speaks, asked.form, named)
    else:
        made = paper.labels(office, speaks, asked.form, named, first=asked.first)
    return Answer(made.pdf, mimetype="application/pdf", headers={"Content-Disposition": "inline; filename=print.pdf"})


def _page(channel: Channel, form: Filled) -> str:
    who = actor()
    require(who, Permission.POST_HAND_OVER)
    channel = channel if channel in post.BY_LIST else Channel.POST
    with house().transaction() as session:
        rows = [
            (sending, letter, addressees.name_of(session, sending, letter))
            for sending, letter in post.waiting(session, who, channel)
        ]
    return render_template(
        "desk/envelopes.html", rows=rows, form=form, channel=channel,
        forms=[(name, t(f"outgoing.form.{name}")) for name in paper.FORMATS],
    )  # fmt: skip
