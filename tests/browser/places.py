"""The screens of the product and who opens each: one list for the contact sheet, for axe and for the widths."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from edms.bootstrap import House
from edms.drafting.models import Draft, DraftState
from edms.filing.models import CaseFile
from edms.registry.models import Arrival, Document
from edms.registry.words import ArrivalState, DocumentState
from edms.routing.models import Assignment, AssignmentState
from edms.staff.models import Official
from tests.browser import counter_places


@dataclass(frozen=True)
class Screen:
    """A name for its picture, whose eyes, and its address."""

    name: str
    login: str | None
    path: str


def screens(house: House) -> list[Screen]:
    """Every screen in its usual, full, empty and failed state, as the town's data have them."""
    with house.transaction() as session:

        def letter(state: DocumentState) -> int:
            found = select(Document.document_id).where(Document.state == state).order_by(Document.document_id.desc())
            return session.scalars(found).first() or 1

        waiting = select(Arrival.arrival_id).where(Arrival.state == ArrivalState.WAITING).order_by(Arrival.arrival_id)
        arrival = session.scalars(waiting).first() or 1
        draft = session.scalars(select(Draft.draft_id).where(Draft.state == DraftState.VISAS)).first() or 1
        to_resolve = letter(DocumentState.SUBMITTED)
        work = select(Assignment.document_id).join(Official, Official.official_id == Assignment.official_id)
        own = work.where(Official.login == "gocha", Assignment.state == AssignmentState.OPEN)
        in_work = session.scalars(own.order_by(Assignment.assignment_id.desc())).first() or 1
        sent, filed, on_paper = (
            letter(DocumentState.DISPATCHED),
            letter(DocumentState.FILED),
            letter(DocumentState.REGISTERED),
        )
        book = session.scalars(select(Document.register_id).where(Document.document_id == filed)).one()
        case = session.scalars(select(CaseFile.case_file_id).order_by(CaseFile.case_file_id)).first() or 1
        official = session.scalars(select(Official.official_id).where(Official.login == "gocha")).one()
        newer = [Screen(*row) for row in counter_places.rows(counter_places.ids(session))]
    return [
        *newer,
        Screen("sign-in", None, "/account/sign-in"),
        Screen("track", None, "/track"),
        Screen("not-found", None, "/nowhere"),
        Screen("desk-registrar", "nino", "/desk/"),
        Screen("tray", "nino", "/arrivals/"),
        Screen("register-letter", "nino", f"/arrivals/{arrival}"),
        Screen("register-on-paper", "nino", "/arrivals/new"),
        Screen("registers", "nino", "/registers/"),
        Screen("post-list", "nino", "/sending/"),
        Screen("search", "nino", "/search/?q=სახურავი"),
        Screen("search-nothing", "nino", "/search/?q=ყყყყ"),
        Screen("search-narrowed", "nino", "/search/?q=სახურავი&kind=incoming&from_on=01.01.2020&more=correspondent_id"),
        Screen("letter-of-a-list", "nino", f"/letters/{on_paper}?within=search"),
        Screen("letters-alike", "nino", f"/search/like/{on_paper}"),
        Screen("saved-searches", "nino", "/search/saved/"),
        Screen("saved-search-new", "nino", "/search/saved/new?q=სახურავი"),
        Screen("letter-on-paper", "nino", f"/letters/{on_paper}"),
        Screen("account", "nino", "/account/"),
        Screen("desk-mayor", "davit", "/desk/"),
        Screen("letter-to-resolve", "davit", f"/letters/{to_resolve}"),
        Screen("letter-sent", "davit", f"/letters/{sent}"),
        Screen("pile", "davit", "/sign/"),
        Screen("desk-executor", "gocha", "/desk/"),
        Screen("letter-in-work", "gocha", f"/letters/{in_work}"),
        Screen("drafts", "gocha", "/drafts/"),
        Screen("draft-new", "gocha", "/drafts/new"),
        Screen("draft", "zurab", f"/drafts/{draft}"),
        Screen("desk-empty", "levan", "/desk/"),
        Screen("letter-filed", "eka", f"/letters/{filed}"),
        Screen("register", "nino", f"/registers/{book}"),
        Screen("register-numbers", "nino", f"/registers/{book}/numbers"),
        Screen("notices", "nino", "/notices/"),
        Screen("templates", "nino", "/templates/"),
        Screen("correct", "nino", f"/letters/{on_paper}/correct"),
        Screen("links", "nino", f"/letters/{on_paper}/links"),
        Screen("correspondents", "nino", "/house/correspondents/"),
        Screen("reconciliation", "nino", "/house/reconciliation/"),
        Screen("resolve", "davit", f"/letters/{to_resolve}/resolve"),
        Screen("history", "davit", f"/letters/{sent}/history"),
        Screen("letter-control", "davit", f"/letters/{to_resolve}/control"),
        Screen("phrases", "davit", "/phrases"),
        Screen("desk-deputy", "tamar", "/desk/"),
        Screen("control", "ketevan", "/control/"),
        Screen("reports", "davit", "/reports/?period=month"),
        Screen("reports-letters", "davit", "/reports/letters?period=month&figure=open"),
        Screen("case-files", "eka", "/cases/"),
        Screen("case-file", "eka", f"/cases/{case}"),
        Screen("plan-new", "eka", "/cases/plan/new"),
        Screen("plan-table", "eka", "/cases/plan/table"),
        Screen("house", "giorgi", "/house/"),
        Screen("people", "giorgi", "/house/people/"),
        Screen("person", "giorgi", f"/house/people/{official}"),
        Screen("person-new", "giorgi", "/house/people/new"),
        Screen("units", "giorgi", "/house/units/"),
        Screen("absences", "giorgi", "/house/absences/"),
        Screen("house-registers", "giorgi", "/house/registers/"),
        Screen("house-register-new", "giorgi", "/house/registers/new"),
        Screen("calendar", "giorgi", "/house/calendar/"),
        Screen("tokens", "giorgi", "/house/tokens/"),
        Screen("health", "giorgi", "/house/health/"),
        Screen("second-factor", "giorgi", "/account/second-factor"),
        Screen("staff-table", "giorgi", "/house/people/table"),
        Screen("first-passwords", "giorgi", "/house/people/passwords"),
        Screen("signing-key", "davit", "/account/key"),
        Screen("api", None, "/api/v1/"),
    ]
