"""Cases at the desk: the list, beginning one with a letter, and the page of one case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from edms import clock, terms, words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import EdmsError, Invalid, RuleBroken
from edms.overview import proceedings, reading
from edms.overview.case_steps import StepWork
from edms.overview.line import lines_of
from edms.overview.proceedings import CaseSeen
from edms.registry.documents import document_of
from edms.registry.models import Document
from edms.services import applying, cases, links, seats, texts
from edms.services.definition import Route
from edms.services.models import Case, CaseState, StepState
from edms.web.desk import (
    case_limits,
    case_route,
    proposals_shown,
    publications_shown,
    route_form,
    showing,
    steps_shown,
    view,
)
from edms.web.desk.route_form import said
from edms.web.kit import Filled, Line, language, once, t
from edms.web.kit.house import house
from edms.web.kit.session import actor

bp = Blueprint("proceedings", __name__, url_prefix="/proceedings")
PAGE = 50
FORMS = ("fee", "exempt", "given-back", "break-off", "withdraw")
"""The forms of the page that begin empty."""
Answer = str | Response | tuple[str, int]


@bp.get("/")
def index() -> str:
    """The cases that she may see, the newest first: of a service, running, late or over."""
    who, asked = actor(), request.args
    which = _which(asked.get("service", ""), asked.get("state", "running"))
    with house().transaction() as session:
        rows = cases.cases(session, who, which, after=asked.get("after", type=int), limit=PAGE + 1)
        shown = rows[:PAGE]
        lines = lines_of(session, [document for _, document in shown], clock.today(who.time_zone))
        return render_template(
            "desk/proceedings.html",
            lines=[
                showing.line(line, href=url_for("proceedings.page", case_id=case.case_id), said=_state(session, case, document))
                for (case, document), line in zip(shown, lines, strict=True)
            ],
            services=[(route.name, said(route, route.title)) for route in cases.services(session, who)],
            service=which.service or "",
            state=asked.get("state", "running"),
            states=[(name, t(f"proceedings.list.{name}")) for name in ("running", "late", "over", "all")],
            older=_older(shown[-1][0].case_id) if len(rows) > PAGE else None,
        )  # fmt: skip


@bp.route("/begin/<int:document_id>", methods=["GET", "POST"])
def begin(document_id: int) -> Answer:
    """Begin the case of a letter: which service it is."""
    who = actor()
    try:
        with house().transaction() as session:
            document = document_of(session, who, document_id)
            require(who, Permission.CASE_BEGIN, document)
            if request.method == "GET":
                return _begin(session, who, document, Filled.of())
            sent = once.sent(session, who)
            if sent.place is not None:
                return redirect(sent.place, 303)
            case = applying.begin(session, who, document, request.form.get("service", ""))
            where = sent.led(url_for("proceedings.page", case_id=case.case_id))
    except (Invalid, RuleBroken) as error:
        with house().transaction() as session:
            document = document_of(session, who, document_id)
            return _begin(session, who, document, Filled.again(error)), 422 if isinstance(error, Invalid) else 409
    return redirect(where, 303)


@bp.get("/<int:case_id>")
def page(case_id: int) -> str:
    """One case: its course, what is open, what is known."""
    with house().transaction() as session:
        return shown(session, actor(), case_id)


def shown(session: Session, who: Actor, case_id: int, *, at: str = "", error: EdmsError | None = None) -> str:
    """The page; `at` is the form that was refused, "step-17" or "facts", with what was typed into it."""
    case = cases.case_of(session, who, case_id)
    document = reading.read(session, who, case.document_id)
    found = proceedings.seen(session, who, case)
    again = _again(found.route, error) if error is not None else None
    return render_template(
        "desk/proceeding.html",
        seen=found, case=case, document=document, line=view.line_of(session, who, document),
        say=lambda message: said(found.route, message),
        title=said(found.route, found.route.title),
        sentence=_sentence(found),
        course=[steps_shown.row(found, each) for each in found.steps],
        open_steps=[steps_shown.opened(found, each, again if at == f"step-{each.row.case_step_id}" else None, who) for each in found.open_steps],
        values=[(said(found.route, f.title), route_form.in_words(found.route, f, found.values.get(name))) for name, f in found.route.fields.items() if name in found.values],
        facts_fields=route_form.shown(found.route, _enterable(found)),
        facts_form=again if at == "facts" and again else route_form.filled(_enterable(found), found.values),
        papers=_papers(found), papers_form=again if at == "papers" and again else Filled.of(here=[p.name for p, _, kept in found.papers if kept]),
        query_form=again if at == "queries" and again else Filled.of(), sources=_sources(found),
        forms={name: again if at == name and again else Filled.of() for name in FORMS},
        named=_linked(session, found, found.named), naming=_linked(session, found, found.naming),
        error_at=at, why=[t(m, **steps_shown.days(v)) for m, v in terms.explain(found.legal)] if found.legal else [],
        left_words=lambda due: steps_shown.left(due),
        outcome=said(found.route, f"services.outcome.{case.outcome}") if case.outcome else "",
        way=case_route.drawn(found), **case_limits.shown(found),
        **publications_shown.shown(session, who, found, again, at),
        **proposals_shown.shown(session, who, found, again, at),
    )  # fmt: skip


def _again(route: Route, error: EdmsError) -> Filled:
    form = Filled.again(error, route_form.labels(route, list(route.fields.values())))
    return Filled(form.values, route_form.named(form.errors, route), form.text, True, form.labels)


def _begin(session: Session, who: Actor, document: Document, form: Filled) -> str:
    routes = [
        (r.name, said(r, r.title), said(r, f"services.regime.{r.regime}")) for r in cases.routes_for(session, document)
    ]
    return render_template(
        "desk/proceeding_begin.html", document=document, line=view.line_of(session, who, document), form=form,
        routes=routes, pages=view.pages_of(session, document),
    )  # fmt: skip


def _sentence(found: CaseSeen) -> str:
    """Where the case stands, in one sentence."""
    if found.case.state is CaseState.ENDED:
        return t("proceedings.ended_as", outcome=said(found.route, f"services.outcome.{found.case.outcome}"))
    if found.case.state is CaseState.BROKEN_OFF:
        return t("proceedings.broken_off_because", reason=found.case.end_reason or "")
    if found.case.state is CaseState.WITHDRAWN:
        return t("proceedings.withdrawn_by", how=found.case.end_reason or "")
    now = words.list_of(language(), [said(found.route, each.step.title) for each in found.open_steps])
    return t(
        "proceedings.stands" if found.stands else "proceedings.late" if found.late else "proceedings.now", steps=now
    )


def _enterable(found: CaseSeen) -> list[Any]:
    """What may be corrected beside the steps: the fields of the application."""
    return list(found.form)


def _papers(found: CaseSeen) -> list[tuple[str, str, bool, bool]]:
    """Name, words, must it be there, is it here."""
    return [(p.name, said(found.route, p.title), must, kept is not None) for p, must, kept in found.papers]


def _sources(found: CaseSeen) -> list[tuple[str, str]]:
    named = dict.fromkeys(name for step in found.route.steps.values() for name in step.queries)
    return [(name, said(found.route, f"services.external.{name}")) for name in named]


def _state(session: Session, case: Case, document: Document) -> str:
    route = texts.route_of(session, case)
    if case.state is CaseState.ENDED:
        return said(route, f"services.outcome.{case.outcome}")
    if case.state in (CaseState.BROKEN_OFF, CaseState.WITHDRAWN):
        return t(f"proceedings.list.{case.state.value}")
    now = [
        said(route, route.steps[row.step].title)
        for row in case.steps
        if row.state is StepState.OPEN and route.steps[row.step].party
    ]
    return words.list_of(language(), now[:2])


def _which(service: str, state: str) -> cases.Which:
    chosen = CaseState.RUNNING if state in ("running", "late") else None
    return cases.Which(service or None, chosen, late=state == "late", over=state == "over")


def _linked(session: Session, found: CaseSeen, rows: Sequence[tuple[Document, Case]]) -> list[tuple[Any, ...]]:
    """The other cases: address, number, service, where it stands, whether it is of another property."""
    made = []
    for document, case in rows:
        route, where = texts.route_of(session, case), url_for("proceedings.page", case_id=case.case_id)
        elsewhere = links.of_other_property(session, found.case, found.route, case)
        made.append((where, document.number, said(route, route.title), _state(session, case, document), elsewhere))
    return made


def _older(case_id: int) -> str:
    kept = {name: value for name, value in {**request.args.to_dict(), "after": str(case_id)}.items() if value}
    return f"{request.path}?{urlencode(kept)}"


def step_line(session: Session, work: StepWork) -> Line:
    """A step on the desk: the letter's line, with what is to be done; it leads to the case."""
    route = texts.route_of(session, work.case)
    where = url_for("proceedings.page", case_id=work.case.case_id, _anchor=f"step-{work.row.case_step_id}")
    words_ = said(route, work.title)
    if work.limit_on is not None:
        words_ += f" · {t('proceedings.limit_until', date=words.date(language(), work.limit_on))}"
    return showing.line(work.line, href=where, said=words_)


def of_letter(session: Session, document: Document) -> tuple[str, str, str] | None:
    """The case of a letter for the letter's page: its address, its service, where it stands."""
    case = cases.of_letter(session, document)
    if case is None:
        return None
    route = texts.route_of(session, case)
    return url_for("proceedings.page", case_id=case.case_id), said(route, route.title), _state(session, case, document)


def seated(session: Session, who: Actor) -> bool:
    """Does she hold any seat of the routes? Then the list of cases is among her verbs."""
    return bool(seats.held(session, who).seats)
