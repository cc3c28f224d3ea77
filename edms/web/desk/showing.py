"""From rooms' values to what the kit's macros show: lines, steps, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for
from markupsafe import Markup

from edms import clock, words
from edms.overview.course import Step
from edms.overview.line import LetterLine
from edms.registry.endings import telling
from edms.registry.endings.models import ArrivalEnd
from edms.registry.models import Arrival, Document
from edms.registry.words import Authorship
from edms.web.kit import Line, LineAct, language, t, today, zone


def line(
    row: LetterLine, *, summary: str | Markup | None = None, href: str | None = None, peek: str = "", said: str = "",
    acts: Sequence[LineAct] = (), hers: bool = True,
) -> Line:  # fmt: skip
    """A letter's line. Where the work on it is due before the letter, the nearer day is said as well.

    `said` stands before the state: why the letter is in this list. `acts` are done with one touch. The work is that of
    who looks, unless it is not `hers`.
    """
    document, speaks = row.document, language()
    state, term = _state(row, hers)
    if said:
        state, term = words.unended(said), t(row.inner[0], **row.inner[1]) if row.inner else term
    marks = []
    if document.closed:
        marks.append(("lock", t("intake.closed_envelope")))
    if document.waiting_scan:
        marks.append(("camera", t("desk.mark.waiting_scan")))
    if document.on_control:
        marks.append(("flag", t("desk.mark.control")))
    if row.by_hand:
        marks.append(("pen", t("by_hand.mark")))
    if row.was:
        marks.append(("arrow-return-right", t("moving.was", numbers=row.was)))
    if row.numbered_on is not None:
        marks.append(("pen", numbered_by_hand(row)))
    if document.migrated:
        marks.append(("clock-history", t("desk.mark.migrated")))
    return Line(
        id=str(document.document_id),
        href=href or url_for("letter.page", document_id=document.document_id),
        number=document.number,
        date=words.date(speaks, document.registered_on, today=today()),
        summary=summary if summary is not None else document.summary,
        who=_sender(document),
        responsible=row.responsible.name(speaks) if row.responsible else "",
        state=state,
        term=term,
        kind=row.kind,  # type: ignore[arg-type]
        marks=marks,
        peek=peek,
        acts=acts,
    )


def _sender(document: Document) -> str:
    """Whose letter it is: the first of several is named, and that there are others."""
    name = document.correspondent_name or ""
    if document.authorship in (Authorship.SEVERAL, Authorship.COLLECTIVE):
        return t("intake.and_others", name=name)
    return name or (t("registry.authorship.anonymous") if document.authorship is Authorship.ANONYMOUS else "")


def numbered_by_hand(row: LetterLine) -> str:
    """The mark of a letter that was numbered by hand, with both its dates."""
    if row.numbered_on is None:
        return ""
    written, entered = (words.date(language(), day) for day in (row.numbered_on, row.document.registered_on))
    return t("downtime.mark", written=written, entered=entered)


def _state(row: LetterLine, hers: bool) -> tuple[str, str]:
    """State and term. Whose part is due before the letter reads her own day: the letter's state is no news to her."""
    if row.inner is not None and row.inner_on is not None and row.inner_on != row.document.due_on:
        return t("desk.inner_term" if hers else "desk.inner_term_theirs", left=t(row.inner[0], **row.inner[1])), ""
    return t(row.state[0], **row.state[1]), words.told(language(), row.term) if row.term else ""


def lines(rows: Iterable[LetterLine]) -> list[Line]:
    """Letters' lines."""
    return [line(row) for row in rows]


def telling_line(arrival: Arrival, end: ArrivalEnd) -> Line:
    """A forwarded letter whose applicant must be told, as a line."""
    late = telling.is_late(end, zone())
    until = words.date(language(), end.notice_due_on, today=today()) if end.notice_due_on else ""
    return Line(
        id=f"to-tell-{arrival.arrival_id}",
        href=url_for("register_letter.card", arrival_id=arrival.arrival_id),
        number=None,
        date=words.date(language(), clock.day_of(arrival.arrived_at, zone()), today=today()),
        summary=arrival.called or t("counter.on_paper"),
        who=end.sender_name or "",
        responsible=end.body or "",
        state=t("desk.until", date=until),
        kind="late" if late else "near" if end.notice_due_on == today() else "",
    )


def steps(found: Sequence[Step], verbs: Callable[[Step], list[tuple[str, str]]] | None = None) -> list[dict[str, Any]]:
    """The course as the kit shows it; `verbs` gives what may be done with a step, as (words, address)."""
    speaks = language()
    return [
        {
            "kind": step.kind,
            "who": step.who.name(speaks) if step.who else "",
            "post": step.who.post(speaks) if step.who else "",
            "what": _what(step, speaks),
            "when": words.datetime(speaks, step.at, zone()) if step.at else "",
            "until": until(step.until, step.stands_since),
            "text": step.text,
            "acts": verbs(step) if verbs is not None else [],
            "steps": steps(step.steps, verbs),
        }
        for step in found
    ]


def until(day: date | None, stands_since: date | None) -> str:
    """The day of a step or of work in words; while its term stands, since when."""
    if stands_since is not None:
        return t("desk.stands_since", date=words.date(language(), stands_since))
    return t("desk.until", date=words.date(language(), day)) if day is not None else ""


def _what(step: Step, speaks: str) -> str:
    """In words; whose hand it was stands beside the author (the handwritten, and what a substitute enters)."""
    if step.entered_by is None:
        return t(step.what)
    return f"{t(step.what)} · {t('desk.entered_by', name=step.entered_by.name(speaks))}"


def age(instant: datetime) -> str:
    """How long ago, in words."""
    return words.age(language(), instant)
