"""Until when a case can be decided at all, and whether it is a repetition, as its page says it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for

from edms import clock, terms, words
from edms.overview.case_steps import NEAR
from edms.overview.proceedings import CaseSeen
from edms.services.models import CaseState
from edms.services.repeating import Earlier
from edms.web.desk.route_form import said
from edms.web.kit import language, t
from edms.web.kit.session import actor


def shown(found: CaseSeen) -> dict[str, Any]:
    """The last day with its count, a sentence while it is near or over, and the earlier cases."""
    limit = found.limit
    named: dict[str, Any] = {"limit_title": "", "limit_day": "", "limit_says": "", "limit_kind": "", "limit_why": []}
    if limit is not None and limit.on is not None and found.case.limit_term is not None:
        named["limit_title"] = t("proceedings.limit")
        named["limit_day"] = words.date(language(), limit.on)
        title = said(found.route, f"services.limit.{found.case.limit_term['name']}")
        named["limit_why"] = [title, *(t(m, **_days(v)) for m, v in terms.explain(limit))]
        named |= _sentence(found, limit, limit.on)
    named["silence_says"] = _silence(found)
    return {**named, "repeats": [_earlier(found, each) for each in found.repeats]}


def _sentence(found: CaseSeen, limit: terms.Due, last: date) -> dict[str, str]:
    case, today = found.case, clock.today(actor().time_zone)
    waits = case.state is CaseState.RUNNING and case.decided_on is None
    if case.lapsed_at is not None or (waits and last < today):
        return {"limit_kind": "late", "limit_says": t("proceedings.limit_over", date=words.date(language(), last))}
    if not waits or last > today + NEAR:
        return {}
    message, values = terms.say(terms.remaining(limit, today))
    left = t(message, **_days(values))
    says = t("proceedings.limit_near", date=words.date(language(), last), left=left)
    return {"limit_kind": "near", "limit_says": says}


def _silence(found: CaseSeen) -> str:
    """What it will mean that nothing is decided by the last day, while that can still be helped."""
    on, effect = found.document.due_on, found.route.silence.effect
    if (
        found.case.state is not CaseState.RUNNING
        or found.case.decided_on is not None
        or found.case.silent_at is not None
    ):
        return ""
    if on is None or found.route.silence.term is None or on > clock.today(actor().time_zone) + NEAR:
        return ""
    told = {
        terms.Silence.APPROVED: "proceedings.silence.approved",
        terms.Silence.REFUSED: "proceedings.silence.refused",
    }
    return t(told[effect], date=words.date(language(), on)) if effect in told else ""


def _earlier(found: CaseSeen, each: Earlier) -> dict[str, str]:
    decided = words.date(language(), each.case.decided_on) if each.case.decided_on else ""
    how = said(found.route, f"services.outcome.{each.outcome}") if each.outcome else t("proceedings.repeated_running")
    return {
        "number": each.document.number,
        "href": url_for("proceedings.page", case_id=each.case.case_id),
        "words": f"{t('proceedings.decided_on', date=decided)} · {how}",
    }


def _days(values: Any) -> dict[str, Any]:
    return {k: words.date(language(), v) if hasattr(v, "isoformat") else v for k, v in values.items()}
