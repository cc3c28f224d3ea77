"""The mail of a day: codes scanned one after another, the whole handed over on one list; books and slips that go with it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask import Response as Answer
from pydantic import BaseModel
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting.pages import office_of
from edms.drafting.paper.lists import DispatchLine, DispatchList, HandingSlip, dispatch_list, handing_slip
from edms.drafting.paper.press import Pressed
from edms.errors import Conflict, Invalid, RuleBroken
from edms.registry import dispatch
from edms.registry.going_out import addressees, post
from edms.registry.going_out.models import PostList
from edms.registry.models import Dispatch, Document
from edms.registry.words import Channel
from edms.staff.models import Official, Organisation
from edms.web.kit import Filled, forms, read, t, today
from edms.web.kit.forms import Day, OneLine
from edms.web.kit.house import house
from edms.web.kit.session import actor, visitor

bp = Blueprint("post", __name__, url_prefix="/post")


class Scanning(BaseModel):
    """What the scanner sent, and for which letter."""

    code: OneLine = ""
    at: int | None = None


class Asked(BaseModel):
    """By post or by courier; the lists of which day."""

    channel: Channel = Channel.POST
    day: Day | None = None


@bp.get("/")
def page() -> str:
    """What waits, one field for the scanner, and the lists of the day."""
    asked = read(Asked, request.args)
    return _page(asked, Filled(), at=request.args.get("at", type=int))


@bp.post("/scan")
def scan() -> Response | tuple[str, int]:
    """One code: kept at once; the next letter without one is meant next."""
    who, asked, form = actor(), read(Asked), read(Scanning)
    try:
        with house().transaction() as session:
            at = dispatch.dispatch_of(session, who, form.at) if form.at is not None else None
            found = post.scan(session, who, form.code, at=at)
            then = found.meant.dispatch_id if found.meant is not None else None
    except (Invalid, Conflict) as error:
        return _page(asked, Filled.again(error).at("code"), at=form.at), 422
    return redirect(url_for("post.page", channel=asked.channel.value, at=then), 303)


@bp.post("/hand-over")
def hand_over() -> Response | tuple[str, int]:
    """All that are marked left together."""
    who, asked = actor(), read(Asked)
    marked = forms.marked()
    try:
        with house().transaction() as session:
            made = post.hand_over(session, who, asked.channel, marked)
            post_list_id = made.post_list_id
    except (Invalid, Conflict, RuleBroken) as error:
        return _page(asked, Filled.again(error)), 422
    return redirect(url_for("post.page", channel=asked.channel.value, made=post_list_id), 303)


def _page(asked: Asked, form: Filled, *, at: int | None = None) -> str:
    who = actor()
    day = asked.day or today()
    channel = asked.channel if asked.channel in post.BY_LIST else Channel.POST
    with house().transaction() as session:
        rows = post.waiting(session, who, channel)
        present = _present(rows, at)
        return render_template(
            "desk/post.html",
            rows=[(sending, document, addressees.name_of(session, sending, document)) for sending, document in rows],
            present=present,
            coded=sum(bool(sending.proof) for sending, _ in rows),
            channel=channel,
            ways=[
                (t(f"registry.channel.{each.value}"), url_for("post.page", channel=each.value), each is channel)
                for each in post.BY_LIST
            ],
            lists=post.lists_of(session, who, day),
            made=request.args.get("made", type=int),
            day=day,
            form=form,
        )


def _present(rows: list[tuple[Dispatch, Document]], at: int | None) -> tuple[Dispatch, Document] | None:
    """The letter whose code comes next: the one that was meant, else the first without one."""
    chosen = next((row for row in rows if row[0].dispatch_id == at), None)
    return chosen or next((row for row in rows if not row[0].proof), None)


@bp.get("/lists/<int:post_list_id>.pdf")
def list_page(post_list_id: int) -> Response:
    """The list as it was handed over: the postal register, or the courier's book with a place for each signature."""
    with house().transaction() as session:
        made = post.list_of(session, actor(), post_list_id)
        values = printed_list(session, actor(), made)
    return _pdf(dispatch_list(values), "list")


@bp.get("/slips/<int:dispatch_id>.pdf")
def slip(dispatch_id: int) -> Response:
    """The slip on which somebody confirms that the letter was handed to her."""
    who = actor()
    with house().transaction() as session:
        sending = dispatch.dispatch_of(session, who, dispatch_id)
        document = session.get_one(Document, sending.document_id)
        require(who, Permission.DOCUMENT_DISPATCH, document)
        organisation = session.get_one(Organisation, document.organisation_id)
        speaks = organisation.language
        official = visitor().official
        values = HandingSlip(
            office=office_of(organisation, speaks),
            language=speaks,
            number=document.number,
            day=document.registered_on,
            summary=document.summary,
            sheets=document.sheets + document.annex_sheets,
            addressee=addressees.name_of(session, sending, document),
            handed_on=clock.today(organisation.time_zone),
            handed_by=official.name(speaks) if official is not None else "",
        )
    return _pdf(handing_slip(values), "slip")


def printed_list(session: Session, who: Actor, made: PostList) -> DispatchList:
    """What stands on the paper of a list."""
    organisation = session.get_one(Organisation, made.organisation_id)
    speaks = organisation.language
    hand = session.get(Official, made.handed_by_id) if made.handed_by_id else None
    return DispatchList(
        office=office_of(organisation, speaks),
        language=speaks,
        day=made.day,
        lines=[
            DispatchLine(
                addressee=addressees.name_of(session, sending, document),
                address=sending.address or "",
                number=document.number,
                day=document.registered_on,
                sheets=document.sheets + document.annex_sheets,
                post_number=sending.proof or "",
            )
            for sending, document in post.on_list(session, who, made)
        ],
        list_number=str(made.ordinal),
        handed_by=hand.name(speaks) if hand is not None else "",
        courier=made.channel is Channel.COURIER,
    )


def _pdf(paper: Pressed, name: str) -> Response:
    return Answer(
        paper.pdf, mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename={name}.pdf"}
    )
