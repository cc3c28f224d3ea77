"""The archivist's list of what is due, and the acts of destruction: proposed, approved by two, taken out of, printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask import Response as Answer
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.drafting.paper.disposal import act_paper
from edms.errors import Conflict, Invalid, RuleBroken
from edms.overview import destroyed
from edms.registry.models import Document
from edms.retention import acts, approving, due, proposing
from edms.retention.act_models import ActState, DisposalAct, DisposalApproval, Leftover, LineState
from edms.staff.models import Official, Organisation
from edms.web.desk import cases
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import Day, Paragraphs, marked
from edms.web.kit.house import house
from edms.web.kit.session import actor, to_step_up

bp = Blueprint("disposals", __name__, url_prefix="/cases/disposal")
MOST, PAGE = 200, 50


class Proposal(BaseModel):
    """The grounds of an act."""

    ground: Paragraphs = ""
    authority: Paragraphs | None = None


class Keeping(BaseModel):
    """Why a case is taken out, and until when it is kept then."""

    reason: Paragraphs = ""
    until: Day | None = None


class Count(BaseModel):
    """How many case files the member of the commission saw."""

    cases: int = 0


@bp.route("/", methods=["GET", "POST"])
def page() -> str | Response | tuple[str, int]:
    """What is due in a year, by class, with what waits and why; the archivist marks cases for an act."""
    who = actor()
    require(who, Permission.KEEPING_READ)
    if request.method == "GET":
        with house().transaction() as session:
            return _due(session, who, Filled())
    try:
        form = read(Proposal)
        with house().transaction() as session:
            organisation = session.get_one(Organisation, who.organisation_id)
            act = proposing.propose(
                session, who, organisation, marked("case"), ground=form.ground, authority=form.authority
            )
            ident = act.disposal_act_id
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            return _due(session, who, Filled.again(error)), 422
    return redirect(url_for("disposals.act", disposal_act_id=ident), 303)


@bp.get("/acts")
def index() -> str:
    """The acts, the newest first."""
    who = actor()
    with house().transaction() as session:
        found = acts.acts(session, who, before=request.args.get("before", type=int), limit=PAGE + 1)
        older = found[PAGE - 1].disposal_act_id if len(found) > PAGE else None
        return render_template(
            "desk/disposal_acts.html",
            rows=[_row(session, each) for each in found[:PAGE]],
            older=url_for("disposals.index", before=older) if older else None,
            newer=url_for("disposals.index") if "before" in request.args else None,
        )


@bp.get("/acts/<int:disposal_act_id>")
def act(disposal_act_id: int) -> str:
    """An act: its cases and what became of them, who approved, what is next."""
    with house().transaction() as session:
        return _act(session, actor(), acts.act_of(session, actor(), disposal_act_id), Filled())


@bp.route("/acts/<int:disposal_act_id>/approve", methods=["GET", "POST"])
def approve(disposal_act_id: int) -> str | Response | tuple[str, int]:
    """Approve as a member of the expert commission: the password again, and the number of cases typed."""
    who = actor()
    with house().transaction() as session:
        found = acts.act_of(session, who, disposal_act_id)
        if not _is_member(who, found):
            require(who, Permission.DISPOSAL_APPROVE, found)
    if (away := to_step_up()) is not None:
        return away
    if request.method == "GET":
        return _asked(disposal_act_id, "approve", Filled())
    try:
        given = read(Count)
        with house().transaction() as session:
            approving.approve(session, who, acts.act_of(session, who, disposal_act_id), cases=given.cases)
    except (Invalid, RuleBroken, Conflict) as error:
        return _asked(disposal_act_id, "approve", Filled.again(error).at("cases")), 422
    return redirect(url_for("disposals.act", disposal_act_id=disposal_act_id), 303)


@bp.route("/acts/<int:disposal_act_id>/withdraw", methods=["GET", "POST"])
def withdraw(disposal_act_id: int) -> str | Response | tuple[str, int]:
    """Withdraw an act before anything is erased."""
    who = actor()
    if request.method == "GET":
        return _asked(disposal_act_id, "withdraw", Filled())
    try:
        form = read(Keeping)
        with house().transaction() as session:
            approving.withdraw(session, who, acts.act_of(session, who, disposal_act_id), reason=form.reason)
    except (Invalid, RuleBroken) as error:
        return _asked(disposal_act_id, "withdraw", Filled.again(error).at("reason")), 422
    return redirect(url_for("disposals.act", disposal_act_id=disposal_act_id), 303)


@bp.route("/acts/<int:disposal_act_id>/cases/<int:case_file_id>", methods=["GET", "POST"])
def take_out(disposal_act_id: int, case_file_id: int) -> str | Response | tuple[str, int]:
    """Take a case out of an act, and perhaps keep it longer."""
    who = actor()
    if request.method == "GET":
        return _asked(disposal_act_id, "take_out", Filled(), case_file_id)
    try:
        form = read(Keeping)
        with house().transaction() as session:
            found = acts.act_of(session, who, disposal_act_id)
            approving.take_out(session, who, found, case_file_id, reason=form.reason, until=form.until)
    except (Invalid, RuleBroken) as error:
        return _asked(disposal_act_id, "take_out", Filled.again(error).at("reason"), case_file_id), 422
    return redirect(url_for("disposals.act", disposal_act_id=disposal_act_id), 303)


@bp.get("/acts/<int:disposal_act_id>/act.pdf")
def paper(disposal_act_id: int) -> Response:
    """The act with its list of cases as it stands, to be laid before the commission."""
    with house().transaction() as session:
        acts.act_of(session, actor(), disposal_act_id)
        values = destroyed.paper_of(session, disposal_act_id, clock.now())
    head = {"Content-Disposition": "inline; filename=act.pdf"}
    return Answer(act_paper(values).pdf, mimetype="application/pdf", headers=head)


def _due(session: Session, who: Actor, form: Filled) -> str:
    year = cases.asked_year(who)
    lines = due.due(session, who, year=year, after=_after(), limit=MOST + 1)
    last = lines[MOST - 1].keeping if len(lines) > MOST else None
    lines = lines[:MOST]
    groups: dict[str, list[due.DueLine]] = {}
    for line in lines:
        groups.setdefault(line.keeping.retention_class, []).append(line)
    ready = sum(line.ready for line in lines)
    organisation = session.get_one(Organisation, who.organisation_id)
    return render_template(
        "desk/disposal_due.html",
        form=form, year=year, this_year=clock.today(who.time_zone).year, ready=ready, waits=len(lines) - ready,
        groups=[(cases.class_words(name), rows) for name, rows in groups.items()],
        sizes=due.measured(session, [line.keeping.case_file_id for line in lines]),
        undated=due.undated(session, who), chosen={int(v) for v in form.values.get("case", ()) if v.isdecimal()},
        newer=url_for("disposals.page", year=year) if "after" in request.args else None,
        older=url_for("disposals.page", year=year, after=f"{last.retention_class}:{last.case_file_id}") if last else None,
        may=permits(who, Permission.DISPOSAL_PROPOSE), days=acts.cooling_days(session, organisation),
    )  # fmt: skip


def _after() -> tuple[str, int] | None:
    name, _, ident = request.args.get("after", "").partition(":")
    return (name, int(ident)) if name and ident.isascii() and ident.isdigit() else None


def _row(session: Session, found: DisposalAct) -> dict[str, Any]:
    listed = [line for line in acts.lines(session, found) if line.state is not LineState.TAKEN_OUT]
    return {"act": found, "number": acts.number_of(session, found)[0], "cases": len(listed), "sign": _sign(found)}


def _sign(found: DisposalAct) -> str:
    signs = {ActState.DONE: "calm", ActState.WITHDRAWN: "stopped", ActState.ERASING: "late", ActState.APPROVED: "near"}
    return signs.get(found.state, "open")


def _act(session: Session, who: Actor, found: DisposalAct, form: Filled) -> str:
    lines = acts.lines(session, found)
    given = destroyed.approvals(session, found)
    running = found.state in approving.RUNNING
    left = select(func.count()).where(Leftover.disposal_act_id == found.disposal_act_id)
    document = session.get(Document, found.document_id) if found.document_id is not None else None
    listed = [line for line in lines if line.state is LineState.LISTED]
    return render_template(
        "desk/disposal_act.html",
        act=found, form=form, document=document, number=acts.number_of(session, found)[0], sign=_sign(found), listed=listed,
        lines=[(line, destroyed.fate(line, language())) for line in lines],
        erased=sum(line.state is LineState.ERASED for line in lines),
        all=sum(line.state is not LineState.TAKEN_OUT for line in lines),
        proposed_by=_name(session, found.proposed_by_id),
        approvals=[(t("retention.act_approved_by"), _approved(session, who, each)) for each in given],
        left=session.scalar(left), certificate=found.certificate_id,
        may_approve=found.state is ActState.PROPOSED and _is_member(who, found)
        and found.proposed_by_id not in who.people and not {each.official_id for each in given} & who.people,
        may_stop=running and permits(who, Permission.DISPOSAL_STOP, found),
    )  # fmt: skip


def _is_member(who: Actor, found: DisposalAct) -> bool:
    """Is she of the expert commission? Her password is asked on the next page."""
    return permits(replace(who, stepped_up=True), Permission.DISPOSAL_APPROVE, found)


def _asked(disposal_act_id: int, what: str, form: Filled, case_file_id: int | None = None) -> str:
    """The page that asks once more before an act is changed."""
    who = actor()
    with house().transaction() as session:
        found = acts.act_of(session, who, disposal_act_id)
        if what != "approve":
            require(who, Permission.DISPOSAL_STOP, found)
        listed = acts.lines(session, found, LineState.LISTED)
        return render_template(
            "desk/disposal_asked.html",
            act=found, what=what, form=form, listed=listed,
            line=next((line for line in listed if line.case_file_id == case_file_id), None),
            back=url_for("disposals.act", disposal_act_id=disposal_act_id),
        )  # fmt: skip


def _approved(session: Session, who: Actor, given: DisposalApproval) -> str:
    return f"{_name(session, given.official_id)} · {words.datetime(language(), given.at, who.time_zone)}"


def _name(session: Session, official_id: int | None) -> str:
    official = session.get(Official, official_id) if official_id is not None else None
    return official.name(language()) if official is not None else ""
