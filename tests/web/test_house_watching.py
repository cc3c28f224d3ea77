"""What an administrator, auditor and registrar watch: reconciliation, health and parked jobs, and the calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from edms import clock
from edms.errors import Unavailable
from edms.events import Event, EventLine
from edms.jobs import Kind, defer
from edms.jobs.parking import troubled
from edms.registry import arrivals
from edms.registry.card import Card
from edms.registry.endings.ending import Ending, end
from edms.registry.models import Arrival, Document, Register
from edms.registry.registration import register
from edms.registry.words import ArrivalState, Channel, Tray
from edms.routing.clocks import begin_legal_term
from edms.staff.actors import actor_for
from edms.staff.calendars import calendar_of
from edms.staff.models import Official, Organisation
from edms.web.desk import house_reconciliation
from tests.web.house_site import Site, house_site  # noqa: F401


def registrar(site: Site, session):
    return actor_for(session, session.get_one(Official, site.ids["registrar"]))


def arrive(site: Site, session, name: str) -> Arrival:
    return arrivals.take_in(
        session, registrar(site, session), organisation_id=site.ids["organisation"], tray=Tray.COUNTER,
        channel=Channel.COUNTER, content=None, source=name,
    )  # fmt: skip


@pytest.fixture
def day(site: Site) -> date:
    """Today: four arrived; one is registered, one ended, two wait."""
    with site.transaction() as session:
        actor = registrar(site, session)
        one, two, *_ = [arrive(site, session, f"წერილი {n}") for n in range(4)]
        register(
            session, actor, session.get_one(Register, site.ids["incoming"]),
            Card(summary="გზის შეკეთება", correspondent_name="ანა კალანდაძე"), idempotency_key="k", arrival=one,
        )  # fmt: skip
        told = Ending("სხვა უწყების წერილია", sender_name="ანა", sender_address="გორი", sent_by=Channel.POST)
        end(session, actor, two, state=ArrivalState.RETURNED, told=told)
    return clock.today("Asia/Tbilisi")


def test_a_day_adds_up_and_each_number_leads_to_what_it_counts(site: Site, day: date) -> None:
    client = site.client("nino")
    page = client.get("/house/reconciliation/").get_data(as_text=True)
    address = f"/house/reconciliation/{day.isoformat()}"
    for name, n in (("registered", 1), ("waiting", 2), ("ended", 1)):
        assert f'href="{address}?of={name}">{n}<' in page
    assert f'href="{address}">4<' in page and "ეს დღეები არ ემთხვევა" not in page
    listed = client.get(address).get_data(as_text=True)
    with site.transaction() as session:
        number = session.scalars(select(Document)).one().number
    assert number in listed and "სხვა უწყების წერილია" in listed
    for name, n in (("registered", 1), ("waiting", 2), ("ended", 1), ("returned", 1)):
        assert f'href="{address}?of={name}"' in listed
        of_one = client.get(f"{address}?of={name}").get_data(as_text=True)
        assert len(re.findall(r'href="/arrivals/\d+"', of_one)) == n
    assert client.get(f"{address}?of=elsewhere").status_code == 404
    assert len(re.findall(r'href="/arrivals/\d+"', listed)) == 4
    assert client.get("/house/reconciliation/2026-99-01").status_code == 404


def test_a_scan_that_was_divided_stands_among_what_ended(site: Site, day: date) -> None:
    """It was counted there, and stood in no list."""
    with site.transaction() as session:
        scan = session.scalars(select(Arrival).where(Arrival.state == ArrivalState.WAITING)).first()
        arrivals.close(scan, registrar(site, session), ArrivalState.REMADE, None)
        scan_id = scan.arrival_id
    listed = site.client("nino").get(f"/house/reconciliation/{day.isoformat()}").get_data(as_text=True)
    assert "?of=remade" in listed and f'href="/arrivals/{scan_id}"' in listed
    assert len(re.findall(r'href="/arrivals/\d+"', listed)) == 4


def test_a_day_of_many_arrivals_comes_a_page_at_a_time(site: Site, day: date) -> None:
    with site.transaction() as session:
        for n in range(house_reconciliation.PAGE):
            arrive(site, session, f"კიდევ {n}")
    client, address = site.client("nino"), f"/house/reconciliation/{day.isoformat()}?of=waiting"
    first = client.get(address).get_data(as_text=True)
    further = re.search(r'href="([^"]+before=\d+)"', first)
    assert further is not None and len(re.findall(r'href="/arrivals/\d+"', first)) == house_reconciliation.PAGE
    rest = client.get(further[1].replace("&amp;", "&")).get_data(as_text=True)
    assert len(re.findall(r'href="/arrivals/\d+"', rest)) == 2 and 'rel="next"' not in rest
    seen = re.findall(r'href="/arrivals/(\d+)"', first + rest)
    assert len(set(seen)) == house_reconciliation.PAGE + 2


def test_a_day_that_does_not_add_up_is_named(site: Site, day: date) -> None:
    with site.transaction() as session:
        gone = session.scalars(select(Arrival).where(Arrival.state == ArrivalState.WAITING)).first()
        session.execute(text("DELETE FROM arrival WHERE arrival_id = :id"), {"id": gone.arrival_id})
    page = site.client("levan").get("/house/reconciliation/").get_data(as_text=True)
    assert "ეს დღეები არ ემთხვევა" in page and "მიღებული 4, განაწილებული 3" in page


def test_reconciliation_is_for_those_who_see_trays_and_of_their_own_organisation(site: Site, day: date) -> None:
    address = f"/house/reconciliation/{day.isoformat()}"
    for login in ("lali", "giorgi", "gocha"):
        assert site.client(login).get(address).status_code == 403
    there = site.client("maka").get(address)
    assert there.status_code == 200 and "სხვა უწყების წერილია" not in there.get_data(as_text=True)


def park(site: Site, document_id: int, session) -> int:
    job_id = defer(session, Kind.INDEX, document_id)
    session.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = :id"), {"id": job_id})
    troubled(session, job_id, Unavailable("error.unavailable"))
    return job_id


def status(site: Site, job_id: int) -> str:
    with site.transaction() as session:
        return session.execute(
            text("SELECT status FROM procrastinate_jobs WHERE id = :id"), {"id": job_id}
        ).scalar_one()


def test_health_names_what_is_not_and_a_parked_job_is_sent_on_by_its_administrator_only(site: Site, day: date) -> None:
    with site.transaction() as session:
        document = session.scalars(select(Document)).one()
        job_id, letter = park(site, document.document_id, session), f'href="/letters/{document.document_id}"'
    administrator, auditor = site.client("giorgi"), site.client("levan")
    for client in (administrator, auditor):
        page = client.get("/house/health/").get_data(as_text=True)
        assert "სისტემა გამართულად მუშაობს" not in page and "საძიებო ინდექსის განახლება" in page
    # The administrator reads no letters by that role; the auditor does. Neither sees more of the letter than its number.
    assert letter in auditor.get("/house/health/").get_data(as_text=True)
    assert letter not in administrator.get("/house/health/").get_data(as_text=True)
    assert "საძიებო ინდექსის განახლება" not in site.client("vakho").get("/house/health/").get_data(as_text=True)
    retry = f"/house/health/jobs/{job_id}/retry"
    assert site.post(site.client("vakho"), retry, {}, "/house/health/").status_code == 404
    assert site.post(auditor, retry, {}, "/house/health/").status_code == 403
    assert site.post(site.client("nino"), retry, {}, "/account/").status_code == 403
    assert status(site, job_id) == "failed"
    assert site.post(administrator, retry, {}, "/house/health/").status_code == 303
    assert status(site, job_id) == "todo"
    assert site.post(administrator, retry, {}, "/house/health/").status_code == 404


def test_a_round_of_the_house_is_every_administrators(site: Site) -> None:
    with site.transaction() as session:
        job_id = defer(session, Kind.REMIND, None)
        session.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = :id"), {"id": job_id})
    assert "ვადების შეხსენება" in site.client("vakho").get("/house/health/").get_data(as_text=True)


def test_a_declared_day_moves_the_terms_over_it_and_says_so_before_and_after(site: Site) -> None:
    with site.transaction() as session:
        book = session.get_one(Register, site.ids["incoming"])
        book.term = "ge.decision_alone"  # working days
        made = register(
            session, registrar(site, session), book, Card(summary="გზა", correspondent_name="ანა"), idempotency_key="k"
        )
        begin_legal_term(session, made)
        calendar = calendar_of(session.get_one(Organisation, site.ids["organisation"]))
        before, document_id = made.due_on, made.document_id
        day = calendar.next_working(made.registered_on + timedelta(days=2))
        after = calendar.next_working(before + timedelta(days=1))
    admin, typed = (
        site.client("giorgi"),
        {"day": day.strftime("%d.%m.%Y"), "works": "off", "note": "მთავრობის დადგენილება 12"},
    )
    with site.transaction() as session:
        version = session.get_one(Organisation, site.ids["organisation"]).version
    asked = site.post(admin, "/house/calendar/", {**typed, "version": version, "do": "look"})
    assert asked.status_code == 200 and "1 ღია წერილის" in asked.get_data(as_text=True)
    with site.transaction() as session:
        assert session.get_one(Document, document_id).due_on == before
    noteless = site.post(admin, "/house/calendar/", {**typed, "note": "", "version": version, "do": "declare"})
    assert noteless.status_code == 422 and 'id="f-note-error"' in noteless.get_data(as_text=True)
    done = site.post(admin, "/house/calendar/", {**typed, "version": version, "do": "declare"})
    assert "moved=1" in done.headers["Location"]
    with site.transaction() as session:
        moved = session.get_one(Document, document_id)
        assert moved.due_on == after
        assert any(step["message"] == "terms.declared.off" for step in moved.term["steps"])
        line = session.scalars(select(EventLine).where(EventLine.kind == Event.TERM_RECOUNTED)).one()
        assert line.document_id == document_id and line.official_id == site.ids["administrator"]
    assert "მთავრობის დადგენილება 12" in site.client("lali").get(f"/house/calendar/?year={day.year}").get_data(
        as_text=True
    )
    stale = site.post(admin, f"/house/calendar/{day.isoformat()}/take-back", {"version": version}, "/house/calendar/")
    assert stale.status_code == 409
    back = site.post(
        admin, f"/house/calendar/{day.isoformat()}/take-back", {"version": version + 1}, "/house/calendar/"
    )
    assert back.status_code == 303
    with site.transaction() as session:
        assert session.get_one(Document, document_id).due_on == before


def test_only_the_administrator_declares_and_only_in_her_own_organisation(site: Site) -> None:
    form = {"day": "03.01.2027", "works": "off", "note": "აქტი", "version": 1, "do": "declare"}
    assert site.post(site.client("nino"), "/house/calendar/", form).status_code == 403
    foreign = {**form, "organisation": site.ids["organisation"]}
    assert site.post(site.client("vakho"), "/house/calendar/", foreign, "/account/").status_code == 404
    with site.transaction() as session:
        assert not session.get_one(Organisation, site.ids["organisation"]).calendar
