"""Acts of execution on a letter: submitted, reported, judged, given back, more time asked and answered, control."""

from __future__ import annotations

from flask import request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.drafting import seats
from edms.errors import Forbidden, Invalid, NotFound
from edms.registry import documents
from edms.registry.models import Document
from edms.registry.words import LinkKind
from edms.routing import control, execution, extension, people, submission
from edms.routing.finding import assignment_of, extension_of, resolution_of, submission_of
from edms.routing.matter import matter
from edms.routing.models import Assignment, Extension, Resolution
from edms.staff.models import Official
from edms.staff.officials import officials
from edms.web.desk import away, showing
from edms.web.desk.deeds import Deed, Done, Field, Shown
from edms.web.kit import Filled, language, read, t
from edms.web.kit.forms import Day, OneLine, Paragraphs


class Submitting(BaseModel):
    """To whom, and a word with it."""

    official: int
    note: Paragraphs | None = None


class Saying(BaseModel):
    """A text, and what it needs beside."""

    text: Paragraphs = ""
    reply: int | None = None
    wanted: Day | None = None
    until: Day | None = None
    release: bool = False


class Controlling(BaseModel):
    """Until when."""

    due_on: Day | None = None


class Removing(BaseModel):
    """On whose word control ends, why, and how the correspondent was told."""

    instructed_by: int
    reason: OneLine = ""
    notified: OneLine | None = None


def named_people(session: Session, who: Actor) -> list[tuple[int, str]]:
    """Everybody who works here, as choices."""
    return [(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in officials(session, who)]


def part_of(thing: Assignment | Resolution, document: Document) -> None:
    """Refuse a part of another letter. Errors: NotFound."""
    if thing.document_id != document.document_id:
        raise NotFound


def _submit_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.DOCUMENT_SUBMIT, document)
    return Shown(
        Filled.of(official=document.addressee_id),
        [
            Field("select", "official", "letter.to_whom", named_people(session, who)),
            Field("text", "note", "letter.note", required=False),
        ],
    )


def _submit(session: Session, who: Actor, document: Document, thing: int) -> Done:
    form = read(Submitting)
    swapped = away.swaps(session, who, [form.official], field="official")
    to = swapped.get(form.official, form.official)
    made = submission.submit(session, who, document, official=to, note=form.note)
    return Done(f"submission-{made.submission_id}")


def _own(session: Session, who: Actor, document: Document, thing: int) -> Assignment:
    """The reader's own work, or that of whom she stands in for."""
    assignment = assignment_of(session, who, thing)
    part_of(assignment, document)
    require(who, Permission.ASSIGNMENT_REPORT, assignment)
    return assignment


def _report_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    assignment = _own(session, who, document, thing)
    linked = documents.linked(session, who, document)
    replies = [
        (d.document_id, f"{d.number} · {d.summary}")
        for kind, from_here, d in linked
        if kind is LinkKind.REPLY_TO and not from_here
    ]
    fields = [Field("area", "text", "letter.report_text")]
    if replies:
        fields.append(Field("select", "reply", "letter.by_reply", [("", ""), *replies], required=False))
    told = [(t("letter.what"), assignment.resolution.text)]
    return Shown(Filled.of(reply=replies[-1][0] if replies else None), fields, told)


def _report(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Saying)
    assignment = _own(session, who, document, thing)
    execution.report(session, who, assignment, text=form.text, reply_document_id=form.reply)


def _acquaint_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    assignment = _own(session, who, document, thing)
    return Shown(told=[(t("letter.what"), assignment.resolution.text)])


def _acquaint(session: Session, who: Actor, document: Document, thing: int) -> None:
    execution.acquaint(session, who, _own(session, who, document, thing))


def _reason_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    _own(session, who, document, thing)
    return Shown(fields=[Field("area", "reason", "desk.reason")])


def _give_back(session: Session, who: Actor, document: Document, thing: int) -> None:
    execution.give_back(session, who, _own(session, who, document, thing), reason=request.form.get("reason", ""))


def _return_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    if submission_of(session, who, thing).official_id not in who.people:
        raise Forbidden("error.forbidden")
    return Shown(fields=[Field("area", "reason", "desk.reason")])


def _return(session: Session, who: Actor, document: Document, thing: int) -> Done:
    lying = submission_of(session, who, thing)
    if lying.document_id != document.document_id:
        raise NotFound
    submission.give_back(session, who, lying, reason=request.form.get("reason", ""))
    return Done(to_desk=True)


def _more_time_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    assignment = _own(session, who, document, thing)
    until = words.date(language(), assignment.due_on) if assignment.due_on else ""
    if assignment.stands_since is not None:
        until = showing.until(None, assignment.stands_since)
    told = [(t("letter.until"), until)] if until else []
    return Shown(fields=[Field("day", "wanted", "letter.wanted"), Field("area", "reason", "desk.reason")], told=told)


def _more_time(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Saying)
    if form.wanted is None:
        raise Invalid(fields={"wanted": "field.missing"})
    assignment = _own(session, who, document, thing)
    extension.ask(session, who, assignment, wanted=form.wanted, reason=request.form.get("reason", ""))


def _judged(session: Session, who: Actor, document: Document, thing: int) -> Assignment:
    assignment = assignment_of(session, who, thing)
    part_of(assignment, document)
    if not assignment.reports:
        raise NotFound
    author = people.standing_for(session, who.people, assignment.resolution.judge_id)
    require(who, Permission.ASSIGNMENT_JUDGE, matter(document, author_id=author))
    return assignment


def _judge_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    assignment = _judged(session, who, document, thing)
    person = session.get_one(Official, assignment.official_id)
    return Shown(
        fields=[Field("text", "remark", "letter.remark", required=False, hint="letter.remark_hint")],
        told=[(t("letter.judge", name=person.name(language())), assignment.reports[-1].text)],
    )


def _judge(session: Session, who: Actor, document: Document, thing: int) -> None:
    assignment, remark = _judged(session, who, document, thing), request.form.get("remark", "")
    if request.form.get("do") == "return":
        execution.return_for_rework(session, who, assignment.reports[-1], remark=remark)
    else:
        execution.accept(session, who, assignment.reports[-1], remark=remark or None)


def _asked(session: Session, who: Actor, document: Document, thing: int) -> Extension:
    """A request for more time, before the author of its resolution; nobody else answers it (D414 art. 43)."""
    asked = extension_of(session, who, thing)
    assignment = session.get_one(Assignment, asked.assignment_id)
    part_of(assignment, document)
    made = resolution_of(session, who, assignment.resolution_id)
    require(who, Permission.TERM_EXTEND, matter(document, author_id=made.judge_id))
    return asked


def _extend_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    asked = _asked(session, who, document, thing)
    person, speaks = session.get_one(Official, asked.asked_by_id), language()
    told = [(t("letter.asks_time", name=person.name(speaks), date=words.date(speaks, asked.due_wanted)), asked.reason)]
    if asked.due_before:
        told.append((t("letter.until"), words.date(speaks, asked.due_before)))
    return Shown(
        Filled.of(wanted=asked.due_wanted),
        [
            Field("day", "wanted", "letter.give_until"),
            Field("text", "remark", "letter.remark", required=False, hint="letter.refusal_hint"),
        ],
        told,
    )


def _extend(session: Session, who: Actor, document: Document, thing: int) -> None:
    asked, remark = _asked(session, who, document, thing), request.form.get("remark", "")
    if request.form.get("do") == "refuse":
        extension.refuse(session, who, asked, remark=remark)
    else:
        extension.grant(session, who, asked, until=read(Saying).wanted, remark=remark)


def _control_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.CONTROL_PUT, document)
    return Shown(Filled.of(due_on=document.due_on), [Field("day", "due_on", "control.until")])


def _control(session: Session, who: Actor, document: Document, thing: int) -> None:
    control.put(session, who, document, due_on=read(Controlling).due_on)


def _off_control_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.CONTROL_REMOVE, document)
    leaders = [(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in seats.signers(session, who)]
    reply = control.notified_by(session, document)
    told = (
        [(t("control.notified_by"), f"{reply.number} · {words.date(language(), reply.registered_on)}")] if reply else []
    )
    fields = [
        Field("select", "instructed_by", "letter.instructed_by", leaders),
        Field("text", "reason", "desk.reason"),
        Field("text", "notified", "letter.notified", required=False, hint="" if reply else "control.notified_hint"),
    ]
    return Shown(fields=fields, told=told)


def _off_control(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Removing)
    control.remove(session, who, document, instructed_by=form.instructed_by, reason=form.reason, notified=form.notified)


DEEDS = {
    "submit": Deed("letter.submit", _submit_shown, _submit),
    "return": Deed("letter.give_back", _return_shown, _return),
    "report": Deed("letter.report", _report_shown, _report),
    "acquaint": Deed("letter.acquaint", _acquaint_shown, _acquaint),
    "give-back": Deed("letter.give_back", _reason_shown, _give_back),
    "more-time": Deed("letter.more_time", _more_time_shown, _more_time),
    "judge": Deed(
        "letter.judge_title", _judge_shown, _judge, button="letter.accept", other=("return", "letter.return")
    ),
    "extend": Deed("letter.extend", _extend_shown, _extend, button="letter.grant", other=("refuse", "letter.refuse")),
    "control": Deed("letter.put_on_control", _control_shown, _control),
    "off-control": Deed("letter.remove_from_control", _off_control_shown, _off_control),
}
