"""Papers of an arrival that ended otherwise: its slip, the covering letters, the notice, the act in three copies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint
from flask import Response as Answer
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.drafting.pages import office_of
from edms.drafting.paper.endings import Covering, DefectAct, covering, defect_act
from edms.drafting.paper.press import Pressed
from edms.errors import NotFound
from edms.registry import arrivals
from edms.registry.endings import telling
from edms.registry.endings.models import ArrivalEnd
from edms.registry.models import Arrival
from edms.registry.words import ArrivalState
from edms.staff.models import Official, Organisation
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("ending_papers", __name__, url_prefix="/arrivals")

PAPERS: Mapping[ArrivalState, tuple[str, ...]] = {
    ArrivalState.NOT_FOR_REGISTRATION: ("mark",),
    ArrivalState.RETURNED: ("return",),
    ArrivalState.FORWARDED: ("forwarding", "notice"),
    ArrivalState.DEFECTIVE: ("act",),
}
EACH = "any({})".format(", ".join(f'"{name}"' for names in PAPERS.values() for name in names))


@bp.get(f"/<int:arrival_id>/papers/<{EACH}:what>")
def paper(arrival_id: int, what: str) -> Response:
    """One paper of its end."""
    return printed(arrival_id, what)


def printed(arrival_id: int, what: str | None) -> Response:
    """A paper of its end, in the office's language; None is its first. Errors: NotFound for a paper of another end."""
    who = actor()
    with house().transaction() as session:
        arrival = arrivals.arrival_of(session, who, arrival_id)
        end = telling.end_of(session, who, arrival)
        if end is None or what not in (None, *PAPERS[arrival.state]):
            raise NotFound
        name = what or PAPERS[arrival.state][0]
        made = _act(session, arrival, end) if name == "act" else _covering(session, arrival, end, name)
    pressed = defect_act(made) if isinstance(made, DefectAct) else covering(made)
    return _pdf(pressed, name)


def _covering(session: Session, arrival: Arrival, end: ArrivalEnd, what: str) -> Covering:
    organisation = session.get_one(Organisation, arrival.organisation_id)
    speaks = organisation.language
    texts = _texts(arrival, end, organisation)
    addressee, address = {
        "return": (end.sender_name, end.sender_address),
        "notice": (end.sender_name, end.sender_address),
        "forwarding": (end.body, end.body_address),
    }.get(what, (None, None))
    hand = _hand(session, arrival)
    return Covering(
        office=office_of(organisation, speaks),
        language=speaks,
        title=words.say(speaks, f"endings.paper.{what}"),
        day=_ended_on(arrival, organisation),
        text=[words.say(speaks, f"endings.text.{'return_court' if end.court else what}", **texts)],
        addressee=addressee or "",
        address=address or "",
        facts=_facts(arrival, end, organisation, what),
        hand=hand.name(speaks) if hand else "",
        post=hand.post(speaks) if hand else "",
    )


def _act(session: Session, arrival: Arrival, end: ArrivalEnd) -> DefectAct:
    organisation = session.get_one(Organisation, arrival.organisation_id)
    speaks, hand = organisation.language, _hand(session, arrival)
    return DefectAct(
        office=office_of(organisation, speaks),
        language=speaks,
        day=_ended_on(arrival, organisation),
        faults=[words.say(speaks, f"endings.fault.{fault}") for fault in end.faults],
        description=arrival.end_reason or "",
        members=end.members,
        facts=_facts(arrival, end, organisation, "act"),
        hand=hand.name(speaks) if hand else "",
        post=hand.post(speaks) if hand else "",
    )


def _texts(arrival: Arrival, end: ArrivalEnd, organisation: Organisation) -> dict[str, object]:
    speaks = organisation.language
    came = words.date(speaks, arrivals.arrived_on(arrival, organisation.time_zone))
    return {"day": came, "body": end.body or "", "applicant": end.sender_name or ""}


def _facts(arrival: Arrival, end: ArrivalEnd, organisation: Organisation, what: str) -> list[tuple[str, str]]:
    """What is said of it under the text: only what there is."""
    speaks = organisation.language

    def said(message: str) -> str:
        return words.say(speaks, message)

    sender = ", ".join(filter(None, (end.sender_name, end.sender_address)))
    whose = "endings.sender" if arrival.state is not ArrivalState.FORWARDED else "endings.applicant"
    rows = [
        (said("endings.arrived_at"), _instant(arrival, organisation)),
        (said("endings.came_by"), said(f"registry.channel.{arrival.channel.value}")),
        (said("endings.item"), said(f"endings.item.{end.item.value}") if end.item else ""),
        (said("endings.paper_name"), arrival.called),
        (said(whose), sender if what in ("act", "forwarding") else ""),
        (said("endings.filed_on"), words.date(speaks, end.filed_on) if end.filed_on else ""),
        (said("endings.sent_by"), said(f"registry.channel.{end.sent_by.value}") if end.sent_by else ""),
        (said("desk.reason"), arrival.end_reason or "" if what != "act" else ""),
    ]
    return [row for row in rows if row[1]]


def _instant(arrival: Arrival, organisation: Organisation) -> str:
    """Day and time; on paper never "today"."""
    zone = organisation.time_zone
    day = words.date(organisation.language, arrivals.arrived_on(arrival, zone))
    return f"{day} {words.clock_time(arrival.arrived_at, zone)}"


def _ended_on(arrival: Arrival, organisation: Organisation) -> date:
    return clock.day_of(arrival.ended_at or clock.now(), organisation.time_zone)


def _hand(session: Session, arrival: Arrival) -> Official | None:
    return session.get(Official, arrival.ended_by_id) if arrival.ended_by_id else None


def _pdf(paper: Pressed, name: str) -> Response:
    return Answer(
        paper.pdf, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}.pdf"}
    )
