"""Acts beside a letter: opinions, acquaintance, comments, following, a conflict of interest, and its paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Forbidden, Invalid, NotFound
from edms.registry.models import Document
from edms.routing import acquaintance, declaring
from edms.routing.models import Order
from edms.routing.opinions import asking
from edms.routing.opinions.models import Consultation, Opinion
from edms.routing.originals import handing
from edms.routing.talk import comments
from edms.staff.units import units
from edms.web.desk.deeds import Deed, Field, Shown
from edms.web.desk.deeds_of_execution import named_people
from edms.web.desk.resolve_form import looked_up
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import Day, OneLine, Paragraphs

USUAL_DAYS = 3  # for an opinion, where nobody says another day
PEOPLE: Mapping[str, list[object]] = {"more": [], "informed": [], "people": []}


class Calling(BaseModel):
    """A text and the people it is for; without script their names are typed."""

    text: Paragraphs = ""
    people: list[int] = []
    people_text: OneLine | None = None
    units: list[int] = []
    due_on: Day | None = None
    in_turn: bool = False

    def named(self, session: Session, who: Actor) -> list[int]:
        """Everybody named, in order. Errors: Invalid, or which of several is meant."""
        return [*self.people, *looked_up(session, who, "people", self.people_text)]


class Handing(BaseModel):
    """The paper: to whom, where it lies, a word with it."""

    to: int | None = None
    place: OneLine | None = None
    note: OneLine | None = None


def _ask_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    if not asking.may_ask(session, who, document):
        raise Forbidden("access.refused", permission=Permission.OPINION_ASK.value)
    usual = clock.today(who.time_zone) + timedelta(days=USUAL_DAYS)
    fields = [
        Field("people", "people", "beside.whom"),
        Field("area", "text", "beside.question"),
        Field("day", "due_on", "letter.until"),
        Field("tick", "in_turn", "resolve.in_turn", required=False),
    ]
    return Shown(Filled.of(due_on=usual), fields, values=dict(PEOPLE))


def _ask(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Calling)
    try:
        asking.ask(
            session, who, document, question=form.text, official_ids=form.named(session, who),
            due_on=form.due_on or clock.today(who.time_zone) + timedelta(days=USUAL_DAYS),
            order=Order.SEQUENTIAL if form.in_turn else Order.PARALLEL,
        )  # fmt: skip
    except Invalid as error:
        raise _at(error, question="text") from error


def _at(error: Invalid, **names: str) -> Invalid:
    """The room's error with the names of this form's fields."""
    if not set(names) & set(error.fields):
        return error
    return Invalid(error.message, fields={names.get(k, k): v for k, v in error.fields.items()}, **error.values)


def _opinion(session: Session, who: Actor, document: Document, thing: int) -> Opinion:
    opinion = asking.opinion_of(session, who, thing)
    if opinion.document_id != document.document_id:
        raise NotFound
    require(who, Permission.OPINION_GIVE, opinion)
    return opinion


def _give_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    made = _opinion(session, who, document, thing).consultation
    told = [
        (t("beside.question"), made.question),
        (t("letter.until"), words.date(language(), made.due_on)),
    ]
    return Shown(fields=[Field("area", "text", "beside.opinion", hint="beside.stays")], told=told)


def _give(session: Session, who: Actor, document: Document, thing: int) -> None:
    asking.give(session, who, _opinion(session, who, document, thing), text=read(Calling).text)


def _question(session: Session, who: Actor, document: Document, thing: int) -> Consultation:
    made = asking.consultation_of(session, who, thing)
    if made.document_id != document.document_id or made.author_id not in who.people:
        raise NotFound
    return made


def _withdraw_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    made = _question(session, who, document, thing)
    return Shown(fields=[Field("text", "reason", "desk.reason")], told=[(t("beside.question"), made.question)])


def _withdraw(session: Session, who: Actor, document: Document, thing: int) -> None:
    asking.withdraw(session, who, _question(session, who, document, thing), reason=request.form.get("reason", ""))


def _list_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.ACQUAINTANCE_ASK, document)
    offices = [(u.unit_id, f"{u.index} {u.name(language())}".strip()) for u in units(session, who)]
    fields = [
        Field("people", "people", "beside.who_reads", required=False),
        Field("select", "units", "beside.whole_unit", [("", ""), *offices], required=False),
        Field("day", "due_on", "letter.until", required=False),
        Field("text", "text", "letter.note", required=False),
    ]
    return Shown(fields=fields, values=dict(PEOPLE))


def _list(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Calling)
    acquaintance.ask(
        session, who, document, text=form.text, official_ids=form.named(session, who), unit_ids=form.units,
        due_on=form.due_on,
    )  # fmt: skip


def _remind_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.ACQUAINTANCE_ASK, document)
    return Shown()


def _remind(session: Session, who: Actor, document: Document, thing: int) -> None:
    acquaintance.remind(session, who, document)


def _comment_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.COMMENT_WRITE, document)
    fields = [
        Field("area", "text", "beside.comment", hint="beside.stays"),
        Field("people", "people", "beside.mention", required=False, hint="beside.mention_hint"),
    ]
    return Shown(fields=fields, values=dict(PEOPLE))


def _comment(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Calling)
    comments.write(session, who, document, text=form.text, mentioned=form.named(session, who))


def _uncomment_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    comment = comments.comment_of(session, who, thing)
    if comment.document_id != document.document_id or comment.author_id != who.official_id:
        raise NotFound
    return Shown(told=[(t("beside.comment"), comment.text)])


def _uncomment(session: Session, who: Actor, document: Document, thing: int) -> None:
    _uncomment_shown(session, who, document, thing)
    comments.withdraw(session, who, comments.comment_of(session, who, thing))


def _follow_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    return Shown()


def _follow(session: Session, who: Actor, document: Document, thing: int) -> None:
    comments.follow(session, who, document, on=True)


def _unfollow(session: Session, who: Actor, document: Document, thing: int) -> None:
    comments.follow(session, who, document, on=False)


def _conflict_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    if not declaring.may_declare(session, who, document):
        raise Forbidden("access.refused", permission=Permission.DOCUMENT_READ.value)
    return Shown(fields=[Field("area", "reason", "desk.reason", hint="beside.conflict_hint")])


def _conflict(session: Session, who: Actor, document: Document, thing: int) -> None:
    declaring.declare(session, who, document, reason=request.form.get("reason", ""))


def _hand_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_READ, document)
    if not handing.may_hand(who, document, handing.where(session, document)):
        raise Forbidden("access.refused", permission=Permission.PAPER_KEEP.value)
    return Shown(
        fields=[
            Field("select", "to", "beside.paper_to", [("", ""), *named_people(session, who)]),
            Field("text", "note", "letter.note", required=False),
        ]
    )


def _hand(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Handing)
    if form.to is None:
        raise Invalid(fields={"to": "field.missing"})
    handing.hand(session, who, document, to=form.to, note=form.note)


def _place_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    row = handing.where(session, document)
    return Shown(
        Filled.of(place=row.place if row else None), [Field("text", "place", "beside.paper_place", required=False)]
    )


def _place(session: Session, who: Actor, document: Document, thing: int) -> None:
    handing.place(session, who, document, place=read(Handing).place)


def _receive(session: Session, who: Actor, document: Document, thing: int) -> None:
    if request.form.get("do") == "refuse":
        handing.refuse(session, who, document, reason=t("beside.paper_did_not_come"))
    else:
        handing.receive(session, who, document, place=read(Handing).place)


DEEDS = {
    "ask-opinion": Deed("beside.ask_opinion", _ask_shown, _ask),
    "opinion": Deed("beside.give_opinion", _give_shown, _give),
    "withdraw-question": Deed("beside.withdraw_question", _withdraw_shown, _withdraw, danger=True),
    "acquaintance": Deed("beside.ask_to_read", _list_shown, _list),
    "remind": Deed("beside.remind", _remind_shown, _remind),
    "comment": Deed("beside.write_comment", _comment_shown, _comment),
    "withdraw-comment": Deed("beside.withdraw_comment", _uncomment_shown, _uncomment, danger=True),
    "follow": Deed("beside.follow", _follow_shown, _follow),
    "unfollow": Deed("beside.unfollow", _follow_shown, _unfollow),
    "conflict": Deed("beside.conflict", _conflict_shown, _conflict, danger=True),
    "hand-paper": Deed("beside.hand_paper", _hand_shown, _hand),
    "place-paper": Deed("beside.place_paper", _place_shown, _place, button="do.save"),
    "receive-paper": Deed(
        "beside.receive_paper", _place_shown, _receive, button="beside.paper_is_here",
        other=("refuse", "beside.paper_did_not_come"),
    ),
}  # fmt: skip
