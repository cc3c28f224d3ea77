"""Acts of a resolution on a letter: resolved, delegated, changed, cancelled, given to another."""

from __future__ import annotations

from datetime import date

from flask import request
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import EdmsError, Invalid, NotFound
from edms.overview.desk import next_to_resolve
from edms.registry.models import Document
from edms.routing import changing, people, resolution, submission
from edms.routing.finding import assignment_of, resolution_of
from edms.routing.matter import matter
from edms.routing.models import Assignment, AssignmentState, Order, Purpose, Resolution, Submission
from edms.staff.models import Official
from edms.web.desk import resolve_form
from edms.web.desk.away import SomebodyAway
from edms.web.desk.deeds import Deed, Done, Field, Shown
from edms.web.desk.deeds_of_execution import part_of
from edms.web.desk.resolve_form import BY_CLOCK, ResolveForm
from edms.web.kit import Filled, language, read, t


def lying_before(session: Session, who: Actor, document: Document) -> Submission | None:
    """What waits before the actor, or the one she stands in for."""
    return submission.waiting_before_any(session, document, sorted(who.people))


def _resolve_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    lying = lying_before(session, who, document)
    before = lying.official_id if lying is not None else None
    require(who, Permission.RESOLUTION_ISSUE, matter(document, official_id=before))
    author = before if before is not None else (who.acting_for or who.official_id or 0)
    offered = resolve_form.choices(session, who, document, author_id=author)
    following = next_to_resolve(session, who, but=document.document_id) if lying is not None else None
    return Shown(
        Filled.of(until=BY_CLOCK),
        values={
            "offered": offered, "more": [], "informed": [], "filing": True, "following": following is not None,
            "lying": lying, "changes": False, "kept": True,
        },
    )  # fmt: skip


def _resolve(session: Session, who: Actor, document: Document, thing: int) -> Done:
    form = read(ResolveForm)
    lying = lying_before(session, who, document)
    try:
        made = resolution.issue(
            session,
            who,
            lying or document,
            text=form.words,
            executors=resolve_form.named(session, who, form),
            order=form.order,
            due_on=form.day(clock.today(who.time_zone)),
            to_file=form.to_file,
        )
    except Invalid as error:
        raise resolve_form.at_fields(error) from error
    _remember(session, who, form)
    done = f"resolution-{made.resolution_id}"
    if request.form.get("do") != "next":
        return Done(done)
    following = next_to_resolve(session, who, but=document.document_id)
    return Done(done, following.document_id) if following is not None else Done(done, to_desk=True)


def _close_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    lying = lying_before(session, who, document)
    if lying is None:
        raise NotFound
    require(who, Permission.RESOLUTION_ISSUE, matter(document, official_id=lying.official_id))
    return Shown(told=[(t("card.summary"), document.summary)])


def _close(session: Session, who: Actor, document: Document, thing: int) -> Done:
    """For information, or to the case file: closed without work, whatever lies before her."""
    lying = lying_before(session, who, document)
    if lying is None:
        raise NotFound
    noted = request.form.get("do") == "noted"
    usual = t("resolve.for_information") if noted else t("resolve.to_file_words")
    text = request.form.get("text", "").strip() or usual
    made = resolution.issue(session, who, lying, text=text, executors=[], to_file=True)
    return Done(f"resolution-{made.resolution_id}")


def _remember(session: Session, who: Actor, form: ResolveForm) -> None:
    hand = session.get(Official, who.official_id)
    if form.remember and form.text and hand is not None:
        resolve_form.remember(session, who, hand, form.text)


def _own_work(session: Session, who: Actor, document: Document, thing: int) -> Assignment:
    assignment = assignment_of(session, who, thing)
    part_of(assignment, document)
    require(who, Permission.ASSIGNMENT_DELEGATE, assignment)
    return assignment


def _delegate_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    work = _own_work(session, who, document, thing)
    offered = resolve_form.choices(
        session, who, document, author_id=work.official_id, within=work.due_on, but=[work.official_id]
    )
    return Shown(
        Filled.of(until=BY_CLOCK),
        told=[(t("letter.what"), work.resolution.text)],
        values={
            "offered": offered,
            "more": [],
            "informed": [],
            "filing": False,
            "following": False,
            "changes": False,
            "kept": True,
        },
    )


def _delegate(session: Session, who: Actor, document: Document, thing: int) -> Done:
    form = read(ResolveForm)
    try:
        made = resolution.delegate(
            session, who, _own_work(session, who, document, thing), text=form.words, order=form.order,
            executors=resolve_form.named(session, who, form), due_on=form.day(clock.today(who.time_zone)),
        )  # fmt: skip
    except Invalid as error:
        raise resolve_form.at_fields(error) from error
    _remember(session, who, form)
    return Done(f"resolution-{made.resolution_id}")


def may_change(session: Session, who: Actor, document: Document, made: Resolution) -> bool:
    """The author, who acts for her, and her superiors change a resolution (D414 art. 43)."""
    author = people.standing_for(session, who.people, made.judge_id)
    return permits(who, Permission.ASSIGNMENT_JUDGE, matter(document, author_id=author))


def _changed(session: Session, who: Actor, document: Document, thing: int) -> Resolution:
    made = resolution_of(session, who, thing)
    part_of(made, document)
    author = people.standing_for(session, who.people, made.judge_id)
    require(who, Permission.ASSIGNMENT_JUDGE, matter(document, author_id=author))
    return made


def _named(session: Session, works: list[Assignment]) -> list[tuple[int, str]]:
    return [(a.official_id, session.get_one(Official, a.official_id).name(language())) for a in works]


def _standing(made: Resolution, purpose: Purpose) -> list[Assignment]:
    return [a for a in made.assignments if a.purpose is purpose and a.state is not AssignmentState.CANCELLED]


def _change_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    made = _changed(session, who, document, thing)
    return _change_page(session, who, document, made, _standing(made, Purpose.EXECUTE), "")


def _reassign_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    """The resolution as it stands without the person who gave her work back, and her reason."""
    given_back = assignment_of(session, who, thing)
    if given_back.state is not AssignmentState.GIVEN_BACK:
        raise NotFound
    made = _changed(session, who, document, given_back.resolution_id)
    rest = [a for a in _standing(made, Purpose.EXECUTE) if a is not given_back]
    person = session.get_one(Official, given_back.official_id).name(language())
    shown = _change_page(session, who, document, made, rest, t("resolve.given_back_by", name=person))
    return Shown(shown.form, told=[(person, given_back.end_reason or "")], values=shown.values)


def _change_page(
    session: Session, who: Actor, document: Document, made: Resolution, works: list[Assignment], reason: str
) -> Shown:
    offered = resolve_form.choices(session, who, document, author_id=made.author_id, within=_above(session, made))
    return Shown(
        Filled.of(text=made.text, due_on=made.due_on, reason=reason, in_turn=made.order is Order.SEQUENTIAL),
        values={
            "offered": {**offered, "who": [], "phrases": []},
            "more": _named(session, works),
            "informed": _named(session, _standing(made, Purpose.ACQUAINT)),
            "filing": False,
            "following": False,
            "changes": True,
            "kept": False,
        },
    )


def _above(session: Session, made: Resolution) -> date | None:
    if made.parent_assignment_id is None:
        return None
    return session.get_one(Assignment, made.parent_assignment_id).due_on


def _change(session: Session, who: Actor, document: Document, thing: int) -> None:
    _change_to(session, who, document, _changed(session, who, document, thing))


def _reassign(session: Session, who: Actor, document: Document, thing: int) -> None:
    given_back = assignment_of(session, who, thing)
    _change_to(session, who, document, _changed(session, who, document, given_back.resolution_id))


def _change_to(session: Session, who: Actor, document: Document, made: Resolution) -> None:
    form = read(ResolveForm)
    day = form.day(clock.today(who.time_zone))
    try:
        changing.change(
            session,
            who,
            made,
            reason=form.reason,
            text=form.text,
            due_on=day if day != made.due_on else None,
            executors=resolve_form.named(session, who, form, standing=_ids(made)),
        )
    except Invalid as error:
        raise resolve_form.at_fields(error) from error


def _ids(made: Resolution) -> set[int]:
    return {a.official_id for a in made.assignments if a.state is not AssignmentState.CANCELLED}


def _cancel_shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    made = _changed(session, who, document, thing)
    return Shown(fields=[Field("area", "reason", "desk.reason")], told=[(t("letter.what"), made.text)])


def _cancel(session: Session, who: Actor, document: Document, thing: int) -> None:
    changing.cancel(
        session, who, _changed(session, who, document, thing), reason=request.form.get("reason", "")
    )  # fmt: skip


def asked_about(error: EdmsError) -> dict[str, list[tuple[str, str]]]:
    """The choices of a field about which the form asks back."""
    if isinstance(error, SomebodyAway):
        return {"away": error.warnings}
    return {error.asked: error.choices} if isinstance(error, resolve_form.SeveralFit) else {}


DEEDS = {
    "resolve": Deed("letter.resolve", _resolve_shown, _resolve, template="resolve"),
    "close": Deed("letter.into_file", _close_shown, _close, other=("noted", "letter.for_information")),
    "delegate": Deed("letter.delegate", _delegate_shown, _delegate, template="resolve"),
    "change": Deed("letter.change_resolution", _change_shown, _change, template="resolve", button="do.save"),
    "reassign": Deed("letter.reassign", _reassign_shown, _reassign, template="resolve", button="letter.reassign"),
    "cancel": Deed("letter.cancel_resolution", _cancel_shown, _cancel, danger=True),
}
