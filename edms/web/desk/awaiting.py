"""What a letter asks of its reader now, the first of it open on the page; and the other verbs that are hers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits
from edms.overview.course import Step
from edms.registry.going_out import answers
from edms.registry.intake import keeping
from edms.registry.intake.card import SPOKEN
from edms.registry.models import Document
from edms.registry.words import DocumentState, RegisterKind
from edms.routing import prolonging, submission, suspending
from edms.routing.matter import matter
from edms.routing.models import Assignment, AssignmentState, ExtensionState, Purpose, ResolutionState, Submission
from edms.routing.opinions.models import OpinionState
from edms.routing.turns import AT_WORK
from edms.services import cases
from edms.staff.models import Official
from edms.web.desk import beside, showing
from edms.web.desk.deeds_of_handwriting import heads
from edms.web.desk.deeds_of_resolution import may_change
from edms.web.kit import language, t

OPEN = (DocumentState.REGISTERED, DocumentState.SUBMITTED, DocumentState.IN_EXECUTION)
OWN_SIGNED = (DocumentState.SIGNED, DocumentState.DISPATCHED, DocumentState.FILED)
Links = list[tuple[str, str]]


@dataclass(frozen=True)
class Awaited:
    """One act that is asked for: its name and thing (see `acting.DEEDS`), in words; `also` are ways out of it."""

    what: str
    thing: int
    words: str
    also: Links


def of(session: Session, who: Actor, document: Document, course: list[Step], around: beside.Around) -> list[Awaited]:
    """What awaits the actor, or the one she stands in for, the most urgent first."""
    back = submission.returned(session, document, sorted(who.people)) if around.there.given_back else []
    return [
        *_opening(session, who, document),
        *_resolving(session, document, around.lying, back),
        *_judging(session, who, document, course),
        *_answering(who, around),
        *_working(document, around.works),
        *([] if back else _submitting(who, document)),
    ]


def _to(document: Document, what: str, thing: int = 0) -> str:
    return url_for("acting.act", document_id=document.document_id, what=what, thing=thing or None)


def _opening(session: Session, who: Actor, document: Document) -> Iterator[Awaited]:
    intake = keeping.kept(session, document).intake if document.closed else None
    if intake is not None and permits(who, Permission.ENVELOPE_OPEN, intake):
        yield Awaited("open-envelope", 0, t("intake.open"), [])


def _resolving(
    session: Session, document: Document, lying: Submission | None, returned: list[Submission]
) -> Iterator[Awaited]:
    if lying is not None:
        away = [(t("letter.not_mine"), _to(document, "return", lying.submission_id))]
        yield Awaited("resolve", 0, t("letter.resolve"), away)
    for back in returned:
        person = session.get_one(Official, back.official_id)
        said = t("letter.returned_to_you", name=person.name(language()), reason=back.end_reason or "")
        yield Awaited("submit", 0, said, [])
        return


def _judging(session: Session, who: Actor, document: Document, steps: list[Step]) -> Iterator[Awaited]:
    """Reports, requests for more time and work given back, on what the actor resolved."""
    for step in steps:
        made = step.resolution
        mine = made is not None and made.state is ResolutionState.OPEN and made.judge_id in who.people
        for below in step.steps:
            work, name = below.assignment, below.who.name(language()) if below.who else ""
            if work is None:
                continue
            if mine and work.state is AssignmentState.REPORTED:
                yield Awaited("judge", work.assignment_id, t("letter.judge", name=name), [])
            if mine and work.state is AssignmentState.GIVEN_BACK:
                yield Awaited("reassign", work.assignment_id, t("letter.given_back", name=name), [])
            for asked in below.steps:
                wanted = asked.extension
                if mine and wanted is not None and wanted.state is ExtensionState.ASKED:
                    until = words.date(language(), wanted.due_wanted)
                    yield Awaited("extend", wanted.extension_id, t("letter.asks_time", name=name, date=until), [])
            yield from _judging(session, who, document, below.steps)


def _answering(who: Actor, around: beside.Around) -> Iterator[Awaited]:
    """The paper that was handed to her, and opinions that she is asked for."""
    for made in around.questions:
        for opinion in made.opinions:
            if opinion.state is OpinionState.ASKED and opinion.official_id in who.people:
                yield Awaited("opinion", opinion.opinion_id, t("beside.give_opinion"), [])
    paper = around.paper
    if paper is not None and paper.receiver_id in who.people:
        yield Awaited("receive-paper", 0, t("beside.receive_paper"), [])


def _working(document: Document, works: list[Assignment]) -> Iterator[Awaited]:
    for work in works:
        if work.state not in AT_WORK:
            continue
        if work.purpose is Purpose.ACQUAINT:
            yield Awaited("acquaint", work.assignment_id, t("letter.acquaint"), [])
            continue
        until = showing.until(work.due_on, work.stands_since)
        also = [
            (t("letter.delegate"), _to(document, "delegate", work.assignment_id)),
            (t("letter.more_time"), _to(document, "more-time", work.assignment_id)),
            (t("letter.not_mine"), _to(document, "give-back", work.assignment_id)),
        ]
        yield Awaited("report", work.assignment_id, " · ".join(filter(None, (t("letter.my_work"), until))), also)


def _submitting(who: Actor, document: Document) -> Iterator[Awaited]:
    waits = document.state is DocumentState.REGISTERED and document.kind.comes_in and not document.migrated
    if waits and permits(who, Permission.DOCUMENT_SUBMIT, document):
        yield Awaited("submit", 0, t("letter.submit"), [])


def changes(session: Session, who: Actor, document: Document) -> Callable[[Step], Links]:
    """The verbs of a step of the course: its resolution is changed or cancelled by those who may."""

    def of_step(step: Step) -> Links:
        made = step.resolution
        if made is None or made.state is not ResolutionState.OPEN or not may_change(session, who, document, made):
            return []
        return [
            (t("do.change"), _to(document, "change", made.resolution_id)),
            (t("letter.cancel_resolution"), _to(document, "cancel", made.resolution_id)),
        ]

    return of_step


def may(who: Actor, document: Document) -> dict[str, bool]:
    """What the actor may do with a letter she reads."""
    filed = document.state is DocumentState.FILED
    return {
        "submit": permits(who, Permission.DOCUMENT_SUBMIT, document) and document.state in OPEN
        and document.kind.comes_in,
        "correct": permits(who, Permission.DOCUMENT_CORRECT, document) and not filed,
        "add": permits(who, Permission.DOCUMENT_CORRECT, document) and not filed and not document.closed,
        "dispatch": permits(who, Permission.DOCUMENT_DISPATCH, document)
        and document.state in (DocumentState.SIGNED, DocumentState.DISPATCHED),
        "prove": permits(who, Permission.DOCUMENT_DISPATCH, document),
        "control": permits(who, Permission.CONTROL_PUT, document) and not document.on_control and not filed,
        "off_control": permits(who, Permission.CONTROL_REMOVE, document) and document.on_control,
        "file": permits(who, Permission.DOCUMENT_FILE, document) and not filed,
        "copy": permits(who, Permission.COPY_CERTIFY, document) and document.state in OWN_SIGNED
        and not document.kind.comes_in,
        "link": permits(who, Permission.DOCUMENT_LINK, document),
        "write": who.official_id is not None,
    }  # fmt: skip


def verbs(session: Session, who: Actor, document: Document, around: beside.Around) -> list[tuple[str, str, str, str]]:
    """The menu: (words, address, sign, key), only what is hers to do."""
    can, ident = may(who, document), document.document_id
    rows: list[tuple[bool, str, str, str, str]] = [
        *beside.verbs(session, who, document, around),
        (document.kind.comes_in and can["write"], t("letter.reply"), url_for("writing.begin", reply_to=ident), "arrow-return-left", "KeyA"),
        (can["submit"] and document.state is not DocumentState.REGISTERED, t("letter.submit"), _to(document, "submit"), "arrow-right", ""),
        (_resolves(who, document, around.lying), t("letter.resolve"), _to(document, "resolve"), "pen", ""),
        (bool(heads(session, who, document)), t("letter.handwritten"), _to(document, "handwritten"), "pen", "KeyB"),
        (can["correct"], t("letter.correct"), _to(document, "correct"), "pencil", "KeyE"),
        (_moves(document, can), t("moving.title"), url_for("moving.page", document_id=ident), "arrow-return-right", ""),
        (can["correct"] and document.kind.comes_in, t("intake.correct"), _to(document, "correct-intake"), "pencil", ""),
        (can["add"], t("letter.add_paper"), _to(document, "paper"), "paperclip", ""),
        (can["link"], t("letter.link"), url_for("connecting.page", document_id=ident), "link-45deg", ""),
        (can["correct"] and document.kind is RegisterKind.OUTGOING and answers.answers(session, document), t("letter.final_or_interim"), _to(document, "final"), "check-circle", ""),
        (cases.beginnable(session, who, document), t("proceedings.begin"), url_for("proceedings.begin", document_id=ident), "diagram-3", ""),
        (can["control"], t("letter.put_on_control"), _to(document, "control"), "flag", ""),
        (prolonging.extendable(session, who, document), t("prolonging.title"), _to(document, "prolong"), "clock", ""),
        (bool(suspending.causes(session, who, document)), t("suspending.title"), _to(document, "suspend"), "clock", ""),
        (suspending.standing(who, document) is not None, t("suspending.resume"), _to(document, "resume"), "clock", ""),
        (can["off_control"], t("letter.remove_from_control"), _to(document, "off-control"), "flag", ""),
        (can["copy"], t("copies.certify"), _to(document, "copy"), "copy", ""),
        (can["file"], t("letter.file"), _to(document, "file"), "folder2", ""),
        (document.kind.comes_in, t("counter.slip"), url_for("papers.slip_page", document_id=ident), "printer", "Alt+KeyP"),
        (document.channel in SPOKEN, t("intake.print_record"), url_for("intake_papers.record", document_id=ident), "printer", ""),
        (can["correct"] and document.channel in SPOKEN and document.waiting_scan, t("intake.not_signed"), _to(document, "not-signed"), "x-circle", ""),
        (can["correct"] and document.kind.comes_in, t("letter.new_code"), _to(document, "code"), "key", ""),
        (document.kind.comes_in, t("counter.label"), url_for("papers.label_page", document_id=ident), "tag", "Alt+KeyL"),
        (permits(who, Permission.HOLD_PLACE, document), t("disposal.hold"), url_for("holding.on_letter", document_id=ident), "pause-circle", ""),
        (document.on_control, t("control.card"), url_for("control_papers.card", document_id=ident), "file-earmark-text", ""),
        (True, t("letter.whole_history"), url_for("histories.page", document_id=ident), "clock-history", "KeyH"),
        (True, t("containers.title"), url_for("containers.page", document_id=ident), "download", ""),
        (True, t("archive.package"), url_for("packages.page", document_id=ident), "shield-check", ""),
    ]  # fmt: skip
    return [(text, href, sign, key) for holds, text, href, sign, key in rows if holds]


def _moves(document: Document, can: dict[str, bool]) -> bool:
    """Who may correct the card may move it, once the password was asked again; a signed number stays."""
    stays = document.migrated or document.state in (DocumentState.SIGNED, DocumentState.DISPATCHED)
    return can["correct"] and not stays


def _resolves(who: Actor, document: Document, lying: Submission | None) -> bool:
    """A leader resolves also what nobody laid before her."""
    if lying is not None or document.state is DocumentState.FILED:
        return False
    return permits(who, Permission.RESOLUTION_ISSUE, matter(document))
