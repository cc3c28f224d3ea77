"""The steps of a case as its page draws them: those of its course, and the open ones with their forms."""

from __future__ import annotations

from typing import Any

from edms import clock, terms, words
from edms.access.actor import Actor
from edms.overview import proceedings
from edms.overview.proceedings import CaseSeen, StepSeen
from edms.services import following
from edms.services.kinds import StepKind
from edms.services.models import StepState
from edms.web.desk import route_form
from edms.web.desk.route_form import said
from edms.web.kit import Filled, language, t
from edms.web.kit.session import actor

BY_THE_PAPER = (following.SIGNED, following.RETURNED)
"""So a signing step is answered by what becomes of its paper; what else it knows is said on its page."""


def row(found: CaseSeen, each: StepSeen) -> dict[str, Any]:
    """A step of the course as the kit draws it."""
    its, speaks = each.row, language()
    until = ""
    if its.state is StepState.OPEN and its.due_on is not None:
        until = f"{t('desk.until', date=words.date(speaks, its.due_on))} · {left(each.due)}"
    elif its.state is StepState.OPEN and each.due is not None and each.due.on is None:
        until = left(each.due)
    by = each.who.name(speaks) if each.who is not None else _party(found, each)
    answer = said(found.route, f"services.answer.{its.answer}") if its.answer else ""
    votes = t("proceedings.votes.said", **its.votes) if its.votes else ""
    by_itself = t("proceedings.by_the_course") if its.state is StepState.DONE and each.who is None else ""
    return {
        "kind": {"done": "done", "present": "present", "late": "late"}.get(each.kind, "coming"),
        "who": by,
        "post": each.who.post(speaks) if each.who is not None else "",
        "what": said(found.route, each.step.title) + (f" · {t('proceedings.left')}" if each.kind == "left" else ""),
        "when": words.date(speaks, its.ended_on) if its.ended_on else words.date(speaks, its.opened_on),
        "until": until,
        "text": " · ".join(part for part in (answer, votes, its.remark or "", by_itself) if part),
    }


def _party(found: CaseSeen, each: StepSeen) -> str:
    """Whose step it is while nobody has it; one that the letter's course ended names nobody."""
    if each.row.state is StepState.DONE:
        return ""
    return said(found.route, f"services.party.{each.step.party}") if each.step.party else ""


def opened(found: CaseSeen, each: StepSeen, again: Filled | None, who: Actor) -> dict[str, Any]:
    """An open step with its form."""
    step, route = each.step, found.route
    sitting = [(p.official_id, p.name(language())) for p in each.sitting]
    by_paper = BY_THE_PAPER if step.kind is StepKind.SIGN and not step.asks and each.written else ()
    answers = [a for a in step.answers if a not in by_paper]
    return {
        "seen": each, "row": each.row, "step": step, "title": said(route, step.title),
        "party": said(route, f"services.party.{step.party}") if step.party else "",
        "who": each.who.name(language()) if each.who is not None else "",
        "left": left(each.due) if each.due else "",
        "why": [t(m, **days(v)) for m, v in terms.explain(each.due)] if each.due else [],
        "fields": route_form.shown(route, step.asks),
        "answers": [(a, said(route, f"services.answer.{a}"), _leads(found, each, a)) for a in answers],
        "has_form": step.kind is not StepKind.SIGN or step.asks or not each.written or answers,
        "form": again or route_form.filled(step.asks, found.values),
        "written": each.written, "sitting": sitting, "mine": proceedings.mine_to_write, "reader": who,
        "back": [(b.case_step_id, said(route, route.steps[b.step].title)) for b in each.back],
        "needs": [t(m) for m in each.needs],
        "laws": words.list_of(language(), [_law(law) for law in step.laws]),
        "day": {"serve": "proceedings.served_on", "sitting": "proceedings.sat_on", "wait": "proceedings.came_on"}.get(step.kind.value),
    }  # fmt: skip


def _leads(found: CaseSeen, each: StepSeen, answer: str) -> str:
    """Where an answer leads, in words."""
    ways = [found.route.steps[b.to] for b in each.step.branches if b.answer in (None, answer)]
    return words.list_of(
        language(), [f"{said(found.route, step.title)}" for step in ways[:1] if words.known(step.title)]
    )


def _law(law: Any) -> str:
    """A citation, without the full stop that it has as a sentence of its own."""
    known = words.known(f"terms.law.{law.act}")
    text = law.title or (t(f"terms.law.{law.act}", article=law.article) if known else f"{law.act} {law.article}")
    return words.unended(text)


def left(due: terms.Due | None) -> str:
    if due is None:
        return ""
    message, values = terms.say(terms.remaining(due, clock.today(actor().time_zone)))
    return t(message, **days(values))


def days(values: Any) -> dict[str, Any]:
    return {k: words.date(language(), v) if hasattr(v, "isoformat") else v for k, v in values.items()}
