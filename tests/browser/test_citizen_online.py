"""A citizen at her telephone, from the form to the decision: number and code, what is missing, what she sends, the end."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import select

from edms import clock
from edms.registry.card import Card
from edms.registry.models import Arrival, Document, Register
from edms.registry.registers import open_register
from edms.registry.registration import register
from edms.registry.words import RegisterKind
from edms.routing.naming import Executor
from edms.routing.resolution import issue
from edms.routing.submission import submit
from edms.services import cases, entering, papers, steps, texts, timing
from edms.services.models import Case
from edms.staff.actors import actor_for
from edms.staff.models import Official, Organisation
from workers import cases as worker

WIDTH = 390
FORM = {
    "v_applicant_name": "ანა კალანდაძე", "v_personal_number": "01001012345", "v_applicant_address": "თავისუფლების 3",
    "v_assistance_reason": "დახმარება", "v_household_members": "3", "v_bank_account": "GE29 NB00 0000 0101 9049 17",
}  # fmt: skip
PAPER = {"name": "პირადობა.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 not much"}
VOTES = steps.Votes(members=5, present=4, in_favour=3, against=1)
DOES = {
    "programme": ("lali", "in_programme", {"programme_threshold": "57001", "visit_needed": "no"}),
    "queries": ("lali", None, {"rating_score": "41000"}), "commission": ("lali", "grant", {"sum_recommended": "500"}),
}  # fmt: skip


def test_from_the_form_to_the_decision_on_a_telephone(site: Any, tab: Any) -> None:
    citizen = tab(width=WIDTH)
    sending, own = applied(citizen)
    arrival = with_house(
        site, lambda s: s.scalar(select(Arrival).order_by(Arrival.arrival_id.desc()).limit(1)).arrival_id
    )
    assert sending == str(arrival)
    registrar = tab("nino")
    registrar.goto(f"/arrivals/{arrival}")
    registrar.click("form .form-foot .button.primary")
    registrar.wait_for_url("**/arrivals/done/**")
    found(citizen, sending, own)
    document = with_house(site, lambda s: s.get_one(Arrival, arrival).document_id)
    asked_for_more(site, document)
    citizen.reload()
    must = citizen.inner_text(".must-do")
    assert "ბოლო დღეა" in must  # until when, too
    in_width(citizen)
    citizen.fill("#bring textarea", "ახალი ცნობა")
    citizen.set_input_files("#bring input[type=file]", files=[PAPER])
    citizen.click("#bring form button[type=submit], #bring form .button.primary")
    citizen.wait_for_selector("h1:has-text('მიღებულია')")
    in_width(citizen)
    citizen.click("main form .button.primary")
    citizen.wait_for_selector("main .number.hero")
    assert "დართვას ელოდება" in citizen.inner_text("main")
    brought = with_house(site, lambda s: s.scalar(select(Arrival.arrival_id).where(Arrival.meant_for_id == document)))
    registrar.goto(f"/arrivals/{brought}")
    registrar.click("form[action$='/join'] .button.primary >> nth=0")
    registrar.wait_for_url(f"**/letters/{document}")
    decided(site, document)
    seen_again(citizen, site, document)
    text = citizen.inner_text("main")
    assert "გადაწყვეტილება მიღებულია" in text and "დაერთო თქვენს წერილს" in text
    assert "ჩაბარებულ გადაწყვეტილებას" in citizen.inner_text(".must-do")
    must = citizen.inner_text(".must-do")
    assert "გასაჩივრების ბოლო დღეა" in must and "განუხილველად" not in must  # what was asked for is no longer
    in_width(citizen)


def applied(page: Any) -> tuple[str, str]:
    """The form is filled in and sent; the number and the code that she writes down."""
    page.goto("/apply/kvemo")
    page.click("main a[href$='/social_assistance']")
    for name, value in FORM.items():
        page.fill(f"[name={name}]", value)
    page.check("[name=v_by_representative][value=no]", force=True)
    page.select_option("[name=v_assistance_kind]", "one_off")
    page.set_input_files("[name=p_identity_copy]", files=[PAPER])
    in_width(page)
    page.click("main form .button.primary")
    page.wait_for_selector(".must-do")
    in_width(page)
    sending, own = page.eval_on_selector_all(".must-do strong", "all => all.map(each => each.textContent)")
    return sending, own


def found(page: Any, sending: str, own: str) -> None:
    """With them she finds the official number, and from there her letter."""
    page.click(".must-do a")
    page.fill("[name=s]", sending)
    page.fill("[name=c]", own)
    page.click("main form .button.primary")
    page.click("main a.button.primary")
    page.wait_for_selector("main .number.hero")
    assert not page.query_selector(".must-do")  # nothing is asked of her yet, and nothing is framed
    in_width(page)


def seen_again(page: Any, site: Any, document: int) -> None:
    """Her letter by the number and code that she knows by now."""
    number = with_house(site, lambda s: s.get_one(Document, document).number)
    page.goto(page.url if "c=" in page.url else "/track")
    if "c=" not in page.url:
        from edms.registry import tracking

        page.fill("[name=n]", number)
        page.fill("[name=c]", tracking.code(site.house.tracking_key, document, 1))
        page.click("main form .button.primary")
    page.wait_for_selector(".must-do")


def in_width(page: Any) -> None:
    """Nothing of the page lies beside the telephone's edge."""
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, page.url


def with_house(site: Any, act: Any) -> Any:
    with site.house.transaction() as session:
        return act(session)


def person(session: Any, login: str) -> Any:
    return actor_for(session, session.scalar(select(Official).where(Official.login == login)), stepped_up=True)


def asked_for_more(site: Any, document_id: int) -> None:
    """Resolved upon, found wanting, and the letter that says so handed over."""
    with site.house.transaction() as session:
        document = session.get_one(Document, document_id)
        to = {login: person(session, login) for login in ("davit", "lali", "nino")}
        lying = submit(session, to["nino"], document, official=to["davit"].official_id, not_before=clock.now())
        executors = [Executor(to["lali"].official_id)]
        issue(session, to["davit"], lying, text="შესასრულებლად", executors=executors, not_before=clock.now())
    worker.tend(site.house, None)
    done(site, document_id, "lali", "intake.completeness", "deficient")
    named(site, document_id)
    done(site, document_id, "nino", "intake.deficiency_told")


def decided(site: Any, document_id: int) -> None:
    """Cured, granted, signed and handed over."""
    done(site, document_id, "lali", "intake.cure", "cured")
    for _ in range(12):
        step = with_house(site, lambda s: opened(s, document_id).step)
        if step == "order.serve":
            done(site, document_id, "nino", step)
            return
        if with_house(site, lambda s: named_at(s, document_id)):
            named(site, document_id)
        if with_house(site, lambda s: opened(s, document_id).step) == step:
            who, answer, given = DOES.get(step, ("lali", None, {}))
            done(site, document_id, who, step, answer, given)
    raise AssertionError("it was not handed over")


def opened(session: Any, document_id: int) -> Any:
    return timing.open_rows(cases.of_letter(session, session.get_one(Document, document_id)))[0]


def named_at(session: Any, document_id: int) -> list[str]:
    row = opened(session, document_id)
    case = session.get_one(Case, row.case_id)
    return papers.not_made(session, case, texts.route_of(session, case), row)


def done(site: Any, document_id: int, login: str, step: str, answer: str | None = None, given: Any = None) -> None:
    with site.house.transaction() as session:
        row = opened(session, document_id)
        assert row.step == step, row.step
        votes = VOTES if step == "commission" else None
        who = person(session, login)
        steps.do(session, who, row, version=row.version, answer=answer, given=given, votes=votes)


def named(site: Any, document_id: int) -> None:
    """What the step brings forth is entered in its register and named."""
    with site.house.transaction() as session:
        registrar, row = person(session, "nino"), opened(session, document_id)
        case = session.get_one(Case, row.case_id)
        route = texts.route_of(session, case)
        for name in papers.not_made(session, case, route, row):
            kind: RegisterKind = route.documents[name].register
            here = (Register.kind == kind, Register.organisation_id == case.organisation_id)
            where = session.get_one(Organisation, case.organisation_id)
            book = session.scalar(select(Register).where(*here)) or open_register(
                session, person(session, "giorgi"), where, kind=kind, code=kind.value, names={"ka": kind.value},
                pattern=[{"part": "serial"}],
            )  # fmt: skip
            card = Card(summary=name, case_index="07-02")
            made = register(session, registrar, book, card, idempotency_key=secrets.token_hex(8))
            number = f"{made.number}, {book.code}, {made.registered_on:%d.%m.%Y}"  # others have the same one
            entering.name_document(session, registrar, row, name, number)
