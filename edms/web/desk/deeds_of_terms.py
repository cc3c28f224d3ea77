"""The acts on a letter's legal term: more time, and a clock that stands until what is missing comes."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel
from sqlalchemy.orm import Session

from edms import terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import RuleBroken
from edms.registry.models import Document
from edms.routing import prolonging, suspending
from edms.routing.clocks import legal_due
from edms.web.desk.deeds import Deed, Field, Shown
from edms.web.kit import Filled, language, read, t, today
from edms.web.kit.forms import Day, Paragraphs


class Prolonging(BaseModel):
    """By how many days, weeks or months, and why."""

    count: int = 0
    kind: terms.Kind = terms.Kind.MONTH
    reason: Paragraphs = ""


def _shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.LEGAL_TERM_EXTEND, document)
    reached = legal_due(session, document)
    if reached is None or reached.on is None or reached.term.extension is None:
        raise RuleBroken("routing.no_legal_term", number=document.number)
    rule = reached.term.extension
    limit = t(f"prolonging.at_most.{'from_start' if rule.from_start else 'more'}.{rule.kind}", n=rule.limit)
    kinds = [(kind.value, t(f"terms.kind.{kind}")) for kind in prolonging.KINDS]
    return Shown(
        Filled.of(count=1, kind=rule.kind.value),
        [
            Field("text", "count", "prolonging.count"),
            Field("select", "kind", "prolonging.kind", kinds),
            Field("area", "reason", "desk.reason", hint="prolonging.reason_hint"),
        ],
        [(t("letter.until"), words.date(language(), reached.on)), (t("prolonging.allowed"), limit)],
    )


def _prolong(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Prolonging)
    prolonging.extend(session, who, document, count=form.count, kind=form.kind, reason=form.reason)


class Suspending(BaseModel):
    """Why it stands, since when, and the decision's reason."""

    cause: terms.Cause = terms.Cause.DEFICIENCY
    since: Day | None = None
    reason: Paragraphs = ""


class Resuming(BaseModel):
    """The day on which what was missing came."""

    until: Day | None = None


def _to_suspend(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.LEGAL_TERM_SUSPEND, document)
    causes = suspending.causes(session, who, document)
    if not causes:
        raise RuleBroken("suspending.no_term", number=document.number)
    return Shown(
        Filled.of(cause=causes[0].value, since=words.date(language(), today())),
        [
            Field(
                "select", "cause", "suspending.cause", [(each.value, t(f"suspending.cause.{each}")) for each in causes]
            ),
            Field("day", "since", "suspending.since", hint="suspending.since_hint"),
            Field("area", "reason", "desk.reason", hint="suspending.reason_hint"),
        ],
        [(t("letter.until"), _day(document.due_on))],
    )


def _suspend(session: Session, who: Actor, document: Document, thing: int) -> None:
    form = read(Suspending)
    suspending.suspend(session, who, document, cause=form.cause, since=form.since, reason=form.reason)


def _to_resume(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.LEGAL_TERM_RESUME, document)
    stands = suspending.standing(who, document)
    if stands is None:
        raise RuleBroken("suspending.runs", number=document.number)
    return Shown(
        Filled.of(until=words.date(language(), today())),
        [Field("day", "until", "suspending.until", hint="suspending.until_hint")],
        [
            (t("suspending.stands_since"), _day(stands.since)),
            (t("suspending.cause"), t(f"suspending.cause.{stands.cause}")),
        ],
    )


def _resume(session: Session, who: Actor, document: Document, thing: int) -> None:
    suspending.resume(session, who, document, until=read(Resuming).until)


def _day(day: date | None) -> str:
    return words.date(language(), day) if day is not None else ""


DEEDS = {
    "prolong": Deed("prolonging.title", _shown, _prolong),
    "suspend": Deed("suspending.title", _to_suspend, _suspend),
    "resume": Deed("suspending.resume", _to_resume, _resume),
}
