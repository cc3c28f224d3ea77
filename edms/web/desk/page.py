"""My desk: what needs me."""

from __future__ import annotations

from flask import Blueprint, render_template

from edms import clock
from edms.access.roles import Role
from edms.notices import notices
from edms.overview.desk import desk_of
from edms.web.desk import showing
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("desk", __name__, url_prefix="/desk")


@bp.get("/")
def page() -> str:
    """The sentence first, then the groups in order of lateness."""
    who = actor()
    with house().transaction() as session:
        desk = desk_of(session, who)
        told = notices.unseen(session, who)
        notices.see(session, who, until=clock.now())
        return render_template(
            "desk/desk.html", desk=desk, told=told, registrar=who.has(Role.REGISTRAR),
            arrival_lines=[showing.arrival_line(each) for each in desk.arrivals],
            resolve_lines=showing.lines(line for _, line in desk.to_resolve),
            execute_lines=showing.lines(work.line for work in desk.to_execute),
            acquaint_lines=showing.lines(work.line for work in desk.to_acquaint),
            judge_lines=showing.lines(line for _, line in desk.to_judge),
            submit_lines=showing.lines(desk.to_submit),
        )  # fmt: skip
