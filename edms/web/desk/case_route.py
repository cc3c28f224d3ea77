"""The route of a case as a list that one reads from above: done, here, ahead; and what lies on no way from here."""

from __future__ import annotations

from typing import Any

from edms.overview.proceedings import CaseSeen
from edms.services import outlook
from edms.services.in_words import term_text
from edms.services.kinds import StepKind
from edms.services.models import CaseState, StepState
from edms.services.outlook import Place, Stop
from edms.web.desk.route_form import said
from edms.web.kit import language, t

KINDS = {Place.DONE: "done", Place.HERE: "present"}


def drawn(found: CaseSeen) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The stops on the way of the case, and those beside it, as the kit draws a course."""
    rows = found.case.steps
    stops = outlook.seen_from(
        found.route,
        done={row.step for row in rows if row.state is StepState.DONE},
        at={row.step for row in rows if row.state is StepState.OPEN},
        values=found.values,
        decided=found.case.decided_on is not None,
        over=found.case.state is not CaseState.RUNNING,
    )
    here = [_stop(found, each) for each in stops if each.place is not Place.ASIDE]
    return here, [_stop(found, each) for each in stops if each.place is Place.ASIDE]


def _stop(found: CaseSeen, stop: Stop) -> dict[str, Any]:
    step, route = stop.step, found.route
    ends = step.kind is StepKind.END and step.outcome is not None
    title = said(route, step.title)
    late = stop.place is Place.HERE and any(
        each.kind == "late" and each.row.step == step.id for each in found.open_steps
    )
    counts = step.term is not None and stop.place is not Place.DONE
    return {
        "kind": "late" if late else KINDS.get(stop.place, "coming"),
        "here": stop.place is Place.HERE,
        "who": "",
        "what": t("proceedings.route_end", outcome=said(route, f"services.outcome.{step.outcome}")) if ends else title,
        "when": said(route, f"services.party.{step.party}") if step.party else "",
        "until": term_text(route, step.term, language()) if counts and step.term is not None else "",
        "text": "; ".join(_way(found, way) for way in stop.ways),
    }


def _way(found: CaseSeen, way: outlook.Way) -> str:
    """The answer and where it leads, in words."""
    to = ", ".join(
        said(found.route, f"services.outcome.{each.outcome}" if each.outcome is not None else each.title)
        for each in way.to
    )
    by = said(found.route, f"services.answer.{way.answer}") if way.answer is not None else ""
    return t("proceedings.route_way", answer=by, to=to) if by else t("proceedings.route_else", to=to)
