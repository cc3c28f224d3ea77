"""My desk: what needs me."""

from __future__ import annotations

from flask import Blueprint, render_template

from edms import words
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.access.roles import Role
from edms.notices import notices
from edms.overview.desk import CAP, Desk, desk_of
from edms.registry.going_out.addressees import name_of
from edms.search import saved
from edms.web.desk import proceedings, sendings, showing, touches, tray_lines, undoing
from edms.web.kit import language, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("desk", __name__, url_prefix="/desk")


@bp.get("/")
def page() -> str:
    """The sentence first, then the groups in order of lateness."""
    who = actor()
    with house().transaction() as session:
        desk = desk_of(session, who)
        return render_template(
            "desk/desk.html", desk=desk, told=notices.unseen(session, who), registrar=who.has(Role.REGISTRAR),
            pinned=saved.pinned(session, who), offer=undoing.offered(session, who), writes=not who.looks_on, controls=permits(who, Permission.CONTROL_READ),
            arrival_lines=tray_lines.lines(session, desk.arrivals),
            tell_lines=[showing.telling_line(*each) for each in desk.to_tell],
            groups=[
                ("to_open", showing.lines(desk.to_open)),
                ("to_resolve", [showing.line(line, acts=touches.of_submission(s)) for s, line in desk.to_resolve]),
                ("case_steps", [proceedings.step_line(session, work) for work in desk.case_steps]),
                ("to_execute", showing.lines(work.line for work in desk.to_execute)),
                ("to_judge", showing.lines(line for _, line in desk.to_judge)),
                ("to_extend", showing.lines(line for _, line in desk.to_extend)),
                ("to_reassign", [showing.line(w.line, said=touches.given_back(session, w.assignment)) for w in desk.to_reassign]),
                ("to_redirect", [showing.line(line, said=touches.given_back(session, s)) for s, line in desk.to_redirect]),
                ("to_opine", showing.lines(line for _, line in desk.to_opine)),
                ("papers_handed", [showing.line(line, acts=touches.of_paper(line.document)) for line in desk.papers_handed]),
                ("to_acquaint", [showing.line(w.line, acts=touches.of_note(w.assignment)) for w in desk.to_acquaint]),
                ("to_submit", showing.lines(desk.to_submit)),
                ("unserved", [sendings.reopened(each, line) for each, line in desk.unserved]),
            ],
            send_to={each.dispatch_id: name_of(session, each, document) for each, document in desk.to_send},
            to_dispatch=showing.lines(desk.to_dispatch),
            papers=showing.lines(desk.papers),
            sentence=_sentence(desk),
            control_lines=showing.lines(line for _, line in desk.control),
        )  # fmt: skip


COUNTED = (
    "arrivals", "to_open", "to_tell", "to_submit", "to_resolve", "case_steps", "to_execute", "to_judge", "to_extend", "to_reassign", "to_redirect",
    "to_visa", "to_sign", "to_scan", "to_dispatch", "to_send", "unserved", "to_opine", "papers_handed", "to_acquaint",
)  # fmt: skip


def _sentence(desk: Desk) -> str:
    """What needs her, each kind with its number; what is capped says "50+"."""
    counts = [(name, len(getattr(desk, name))) for name in COUNTED] + [("late", desk.late)]
    said = [t(f"desk.count.{name}", n=f"{n}+" if n >= CAP else n) for name, n in counts if n]
    return f"{words.list_of(language(), said)}." if said else ""
