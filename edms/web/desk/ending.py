"""How an arrival ends without a number of its own: it joins a letter that has one, or ends otherwise, as that end asks.

What is wrong comes back on the card's own page, at its field, beside the tray and the letter's pages.
"""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Invalid, RuleBroken
from edms.registry import arrivals, documents
from edms.registry.endings import ending, taking_back, telling
from edms.registry.models import Document
from edms.registry.words import ArrivalState, Channel, ContentRole, Tray
from edms.web.desk import arrived, register_letter
from edms.web.desk.ending_form import Came, Ending, labels, told_of
from edms.web.kit import Filled, read, t
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("ending", __name__, url_prefix="/arrivals")
ENDS = "any({})".format(", ".join(f'"{state.value}"' for state in arrivals.ENDS))
CLOSED = (ArrivalState.DEFECTIVE, ArrivalState.FORWARDED, ArrivalState.RETURNED)


class Telling(BaseModel):
    """When and how the applicant was told."""

    on: Day
    by: Channel


class Joining(BaseModel):
    """Which letter it belongs to: one that waits for its scan, or any by its number."""

    document: int | None = None
    number: OneLine | None = None
    role: ContentRole = ContentRole.LATER_PAPER
    dated_on: Day | None = None


@bp.get(f"/<int:arrival_id>/end/<{ENDS}:what>")
def form(arrival_id: int, what: str) -> str:
    """The question how it ends, in the place of the card."""
    with house().transaction() as session:
        return _asked(session, actor(), arrival_id, ArrivalState(what), Filled())


@bp.post(f"/<int:arrival_id>/end/<{ENDS}:what>")
def end(arrival_id: int, what: str) -> Response | tuple[str, int]:
    """End an arrival otherwise; what went back, on, or came broken is shown with its papers, the rest is done with."""
    who, chosen = actor(), ArrivalState(what)
    try:
        with house().transaction() as session:
            arrival = arrivals.arrival_of(session, who, arrival_id)
            given = read(Ending)  # after the look: a stranger learns nothing of the fields
            ending.end(session, who, arrival, state=chosen, told=told_of(given))
    except Invalid as error:
        with house().transaction() as session:
            return _asked(session, who, arrival_id, chosen, Filled.again(error, labels(chosen))), 422
    if chosen in CLOSED:
        return redirect(url_for("register_letter.card", arrival_id=arrival_id), 303)
    return redirect(url_for("arrivals.tray"), 303)


@bp.route(f"/new/end/<{ENDS}:what>", methods=["GET", "POST"])
def paper(what: str) -> str | Response | tuple[str, int]:
    """What came on paper and is neither scanned nor registered: taken in and ended in one act."""
    who, chosen = actor(), ArrivalState(what)
    require(who, Permission.ARRIVAL_END)
    if request.method == "GET":
        with house().transaction() as session:
            return register_letter.page(session, who, None, ending=(chosen, Filled.of(channel=Channel.POST)))
    try:
        with house().transaction() as session:
            came, given = read(Came), read(Ending)
            arrival = arrivals.take_in(
                session, who, organisation_id=who.organisation_id or 0, tray=Tray.COUNTER, channel=came.channel,
                content=None, source=came.source,
            )  # fmt: skip
            ending.end(session, who, arrival, state=chosen, told=told_of(given))
            arrival_id = arrival.arrival_id
    except Invalid as error:
        names = {"channel": t("endings.came_by"), "source": t("endings.source"), **labels(chosen)}
        with house().transaction() as session:
            return register_letter.page(session, who, None, ending=(chosen, Filled.again(error, names))), 422
    return redirect(url_for("register_letter.card", arrival_id=arrival_id), 303)


@bp.post("/<int:arrival_id>/told")
def told(arrival_id: int) -> Response | tuple[str, int]:
    """Mark that the applicant of a forwarded letter was told."""
    who = actor()
    try:
        with house().transaction() as session:
            arrival = arrivals.arrival_of(session, who, arrival_id)
            require(who, Permission.ARRIVAL_END, arrival)
            given = read(Telling)
            telling.tell(session, who, arrival, on=given.on, by=given.by)
    except Invalid as error:
        again = Filled.again(error, {"on": t("endings.told_on"), "by": t("endings.told_by")})
        with house().transaction() as session:
            arrival = arrivals.arrival_of(session, who, arrival_id)
            return arrived.page(session, who, arrival, again), 422
    return redirect(url_for("register_letter.card", arrival_id=arrival_id), 303)


@bp.post("/<int:arrival_id>/take-back")
def take_back(arrival_id: int) -> Response | tuple[str, int]:
    """The end was a mistake: it waits in the tray again."""
    who = actor()
    try:
        with house().transaction() as session:
            arrival = arrivals.arrival_of(session, who, arrival_id)
            taking_back.take_back(session, who, arrival, reason=request.form.get("reason", ""))
    except (Invalid, RuleBroken) as error:
        again = Filled.again(error, {"reason": t("desk.reason")}).at("reason")
        with house().transaction() as session:
            arrival = arrivals.arrival_of(session, who, arrival_id)
            return arrived.page(session, who, arrival, taking_back=again), 422
    return redirect(url_for("register_letter.card", arrival_id=arrival_id), 303)


@bp.post("/<int:arrival_id>/join")
def join(arrival_id: int) -> Response | tuple[str, int]:
    """Let a scan or a later paper join a letter that has its number already."""
    who = actor()
    try:
        with house().transaction() as session:
            arrival = arrivals.arrival_of(session, who, arrival_id)
            given = read(Joining)
            document = _meant(session, who, given)
            role = ContentRole.ORIGINAL if document.waiting_scan else given.role
            arrivals.join(session, who, arrival, document, role=role, dated_on=given.dated_on)
            document_id = document.document_id
    except (Invalid, RuleBroken) as error:
        names = {
            "number": "counter.join_number",
            "document": "counter.waiting_for_scan",
            "role": "counter.join_as",
            "dated_on": "paper.dated_on",
        }
        again = Filled.again(error, {field: t(name) for field, name in names.items()}).at("number")
        with house().transaction() as session:
            arrival = arrivals.arrival_of(session, who, arrival_id)
            return register_letter.page(session, who, arrival, joining=again), 422
    return redirect(url_for("letter.page", document_id=document_id), 303)


def _meant(session: Session, who: Actor, given: Joining) -> Document:
    if given.document is not None:
        return documents.document_of(session, who, given.document, lock=True)
    if not given.number:
        raise Invalid(fields={"number": "field.missing"})
    found = documents.by_number(session, who, given.number, limit=1)
    if not found:
        raise Invalid(fields={"number": "counter.no_such_number"})
    return documents.document_of(session, who, found[0].document_id, lock=True)


def _asked(session: Session, who: Actor, arrival_id: int, state: ArrivalState, filled: Filled) -> str:
    arrival = arrivals.arrival_of(session, who, arrival_id)
    require(who, Permission.ARRIVAL_END, arrival)
    return register_letter.page(session, who, arrival, ending=(state, filled))
