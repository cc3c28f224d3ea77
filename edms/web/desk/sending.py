"""Sending: the post list, and what became of a sending: handed over, served, come back, stopped before it left."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response

from edms import clock
from edms.registry import dispatch
from edms.registry.going_out.addressees import name_of
from edms.registry.words import Channel
from edms.web.kit import read
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("sending", __name__, url_prefix="/sending")


class Telling(BaseModel):
    """What became of it."""

    proof: OneLine | None = None
    reason: OneLine = ""
    served_on: Day | None = None


@bp.get("/")
def post_list() -> str:
    """What waits to leave."""
    with house().transaction() as session:
        rows = [(each, letter, name_of(session, each, letter)) for each, letter in dispatch.to_send(session, actor())]
        return render_template("desk/post_list.html", rows=rows, by_worker=dispatch.BY_WORKER)


@bp.post("/<int:dispatch_id>/<what>")
def tell(dispatch_id: int, what: str) -> Response:
    """It left, was served, came back, or is taken back."""
    form, who = read(Telling), actor()
    with house().transaction() as session:
        sending = dispatch.dispatch_of(session, who, dispatch_id)
        match what:
            case "sent":
                by_hand = sending.channel is Channel.COUNTER
                served_on = clock.today(who.time_zone) if by_hand else None
                dispatch.sent(session, who, sending, proof=form.proof, served_on=served_on)
            case "served":
                dispatch.served(
                    session, who, sending, on=form.served_on or clock.today(who.time_zone), proof=form.proof
                )
            case "came-back":
                dispatch.came_back(session, who, sending, reason=form.reason)
            case _:
                dispatch.take_back(session, who, sending)
        document_id = sending.document_id
    back = request.form.get("back") == "list"
    return redirect(url_for("sending.post_list") if back else url_for("letter.page", document_id=document_id), 303)
