"""Entering on the page of a case that something of it was made public."""

from __future__ import annotations

from flask import Blueprint
from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.services import publishing
from edms.services.kinds import Channel
from edms.services.models import Case
from edms.web.desk.proceeding_acts import Answer, on_case
from edms.web.kit import read
from edms.web.kit.forms import Day, OneLine

bp = Blueprint("publications", __name__, url_prefix="/proceedings")


class Publishing(BaseModel):
    """What was made public, where and on which day."""

    step: int = 0
    document: OneLine = ""
    channel: Channel
    place: OneLine = ""
    on: Day | None = None


@bp.post("/<int:case_id>/publications")
def publish(case_id: int) -> Answer:
    """Enter that something was made public."""

    def act(session: Session, who: Actor, case: Case) -> None:
        form = read(Publishing)
        publishing.publish(
            session, who, case, case_step_id=form.step, name=form.document, channel=form.channel, place=form.place,
            on=form.on,
        )  # fmt: skip

    return on_case(case_id, "publications", act)
