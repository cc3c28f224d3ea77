"""An auditor: from day to day, within her letters, changing nothing, and every page of hers written down."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import load_workbook

from edms import clock
from edms.access.actor import Sight
from edms.access.roles import Role
from edms.db.engine import transaction
from edms.errors import Forbidden, Invalid, NotFound
from edms.events import Event, EventLine
from edms.overview.readings import Wanted, readings
from edms.registry import reservations
from edms.registry.documents import document_of
from edms.registry.registers import register_of, registers
from edms.registry.words import Grade
from edms.reports.figures import Figure, letters, sheet
from edms.reports.period import Period
from edms.staff.auditing import grant_audit, withdraw_audit
from edms.staff.granting import grant_role
from edms.staff.models import Official, RoleGrant
from edms.staff.standing_in import stands_in
from edms.staff.substitution import enter_substitution
from tests import cast
from tests.cast import Person
from tests.letters import letter, own_letter
from tests.web.conftest import Api
from tests.web.test_page_rights import ask, asked, signed_in
from tests.web.world import world

pytest_plugins = ["tests.web.desk_site"]

NOW = datetime(2026, 6, 10, 8, tzinfo=UTC)
TODAY = date(2026, 6, 10)


@pytest.fixture
def office(session):
    """The cast in a session of its own."""
    return cast.office(session)


def _auditor(session, office, login: str = "audit", **more) -> Person:
    official = Official(
        organisation=office.organisation, organisation_id=office.organisation.organisation_id, login=login,
        names={"ka": "გარე აუდიტორი"}, posts={},
    )  # fmt: skip
    session.add(official)
    session.flush()
    more = {"until_on": TODAY + timedelta(days=5), "reason": "ბრძანება 5", **more}
    grant_audit(session, office.actor("administrator"), official, **more)
    return Person(session, official)


# Within her limits


def test_what_lies_outside_her_limits_is_not_there(desk):
    with desk.house.transaction() as session, clock.at(NOW):
        office = desk.cast_in(session)
        book = office.incoming
        with clock.at(NOW - timedelta(days=60)):
            before = letter(session, office)
        nino = office.actor("registrar", stepped_up=True)
        until = clock.now() + timedelta(days=1)
        with clock.at(NOW - timedelta(days=59)):
            old = reservations.reserve(
                session, nino, book, for_official_id=nino.official_id, reason="ძველი", until=NOW - timedelta(days=58)
            )
        inside = letter(session, office, grade=Grade.PERSONAL)
        elsewhere = own_letter(session, office)
        reservations.reserve(session, nino, book, for_official_id=nino.official_id, reason="ახალი", until=until)
        sight = Sight(frozenset({book.register_id}), date(2026, 6, 1), date(2026, 6, 30))
        her = _auditor(session, office, sight=sight).actor()
        assert document_of(session, her, inside.document_id).number == inside.number
        for hidden in (before, elsewhere):
            with pytest.raises(NotFound):
                document_of(session, her, hidden.document_id)
        assert [each.register_id for each in registers(session, her)] == [book.register_id]
        with pytest.raises(NotFound):
            register_of(session, her, office.outgoing.register_id)
        assert [n.reason for n in reservations.open_reservations(session, her, book)] == ["ახალი"]
        with pytest.raises(NotFound):
            reservations.number_of(session, her, old.number_id)
        year = Period(date(2026, 1, 1), date(2026, 12, 31))  # whole months: the sums must not answer for her
        assert sheet(session, her, year).all[Figure.RECEIVED] == 1
        assert [line.document for line in letters(session, her, Figure.RECEIVED, year)] == [inside]
        everything = _auditor(session, office, "audit-2").actor()
        assert sheet(session, everything, year).all[Figure.RECEIVED] == 3


def test_her_journal_search_and_openings_end_where_her_limits_end(desk):
    with desk.house.transaction() as session:
        office = desk.cast_in(session)
        today = clock.today("Asia/Tbilisi")
        with clock.at(clock.now() - timedelta(days=40)):
            old = letter(session, office, summary="ძველი საქმე").document_id
        new = letter(session, office, summary="ახალი საქმე").document_id
        other = own_letter(session, office).document_id
        sight = Sight(frozenset({office.incoming.register_id}), today - timedelta(days=5), None)
        her = _auditor(session, office, sight=sight, until_on=today)
    site = type(desk)(desk.house, desk.app, type("Cast", (), {**vars(desk.cast), "auditor": her}))
    reader = site.as_("auditor")
    for name in ("mayor",):
        for ident in (old, new, other):
            desk.as_(name).get(f"/letters/{ident}")
    assert "ახალი საქმე" in reader.get(f"/letters/{new}") and reader.get(f"/letters/{old}", 404)
    page = reader.get(f"/registers/{desk.cast.incoming.register_id}")
    assert "ახალი საქმე" in page and "ძველი საქმე" not in page
    reader.get(f"/registers/{desk.cast.outgoing.register_id}/journal", 404)
    first = f"{today - timedelta(days=100):%d.%m.%Y}"
    answer = reader.client.get(f"/registers/{desk.cast.incoming.register_id}/journal.xlsx?first={first}")
    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(answer.data)).active.iter_rows()]
    assert "ახალი საქმე" in str(rows) and "ძველი საქმე" not in str(rows)
    assert {row[0]: row[3] for row in rows}["სტრიქონები"] == "1"
    reader.get("/arrivals/", 403)
    reader.get("/house/health/", 403)
    with desk.house.transaction() as session:
        actor = Person(session, session.merge(her.official)).actor()
        seen = readings(session, actor, Wanted(clock.now() - timedelta(days=90), clock.now() + timedelta(days=1)))
        assert {row.document.document_id for row in seen} == {new}


# From day to day


def test_her_access_begins_and_ends_with_its_days_at_every_request_and_at_the_door(desk):
    today = clock.today("Asia/Tbilisi")
    ident = desk.letter()
    with desk.house.transaction() as session:
        her = _auditor(session, desk.cast_in(session), until_on=today)
    site = type(desk)(desk.house, desk.app, type("Cast", (), {**vars(desk.cast), "auditor": her}))
    reader = site.as_("auditor")
    reader.get(f"/letters/{ident}")
    with clock.at(clock.now() + timedelta(days=1)):
        assert reader.client.get(f"/letters/{ident}").status_code == 303  # to the door
        fresh = desk.app.test_client()
        token = re.search(r'name="csrf_token" value="([^"]+)"', fresh.get("/account/sign-in").get_data(as_text=True))
        sent = {"csrf_token": token[1], "login": "audit", "password": desk.password}
        assert fresh.post("/account/sign-in", data=sent).status_code != 303


def test_one_taken_away_early_ends_today_and_one_of_the_office_keeps_her_account(session, office):
    with clock.at(NOW - timedelta(days=2)):
        her = _auditor(session, office)
    with clock.at(NOW):
        grant = session.query(RoleGrant).filter_by(official_id=her.official_id).one()
        withdraw_audit(session, office.actor("administrator", stepped_up=True), grant, reason="დასრულდა")
        with pytest.raises(Forbidden):
            her.actor()
        admin = office.actor("administrator")
        same_day = _auditor(session, office, "audit-2")
        given = session.query(RoleGrant).filter_by(official_id=same_day.official_id).one()
        withdraw_audit(session, admin, given, reason="შეცდომა")
        with pytest.raises(Forbidden):
            same_day.actor()
        for existing in session.query(RoleGrant).filter_by(official_id=office.lawyer.official_id):
            existing.until_on = TODAY - timedelta(days=1)
        session.flush()
        grant_audit(session, admin, office.lawyer.official, until_on=TODAY, reason="შიდა აუდიტი")
        assert office.lawyer.official.left_on is None


def test_an_audit_needs_its_end_and_stands_alone(session, office):
    with clock.at(NOW):
        admin, her = office.actor("administrator"), _auditor(session, office)
        with pytest.raises(Invalid) as without_end:
            grant_role(session, admin, office.stranger.official, role=Role.AUDITOR)
        assert without_end.value.fields == {"until_on": "staff.audit_needs_end"}
        for official, role in ((office.executor.official, Role.AUDITOR), (her.official, Role.REGISTRAR)):
            with pytest.raises(Invalid) as clash:
                grant_role(session, admin, official, role=role, until_on=TODAY + timedelta(days=3))
            assert clash.value.fields == {"role": "staff.auditor_alone"}
        enter_substitution(
            session, admin, absent=office.mayor.official, substitute=her.official, from_on=TODAY, until_on=TODAY,
            reason="შვებულება",
        )  # fmt: skip
        assert not stands_in(session, substitute=her.official, absent=office.mayor.official, today=TODAY)


# The page on which it is given


def test_the_administrator_gives_it_on_a_page_of_its_own_and_nobody_else_does(desk):
    person = desk.cast.stranger.official_id
    address = f"/house/people/{person}/audit"
    with desk.house.transaction() as session:
        session.query(RoleGrant).filter_by(official_id=person).delete()
    for name in ("mayor", "registrar", "executor", "auditor"):
        desk.as_(name).get(address, 403)
    desk.as_("foreign_administrator").get(address, 404)
    admin, today = desk.as_("administrator"), clock.today("Asia/Tbilisi")
    day = f"{today + timedelta(days=30):%d.%m.%Y}"
    sent = {
        "until_on": day,
        "registers": [str(desk.cast.incoming.register_id)],
        "letters_from": "01.01.2026",
        "reason": "ბრძ. 7",
    }
    assert "ბოლო დღე" in admin.post(address, {**sent, "until_on": ""}, status=422).get_data(as_text=True)
    assert admin.post(address, {**sent, "registers": [str(desk.cast.foreign_incoming.register_id)]}, status=422)
    admin.post(address, sent)
    page = admin.get(f"/house/people/{person}")
    assert "მხოლოდ: შემოსული" in page and "01.01.2026" in page and day in page
    with desk.house.transaction() as session:
        told = session.query(EventLine).filter(EventLine.kind == Event.ROLE_GRANTED).one()
    assert (
        told.detail["register_ids"] == [desk.cast.incoming.register_id] and told.detail["letters_from"] == "2026-01-01"
    )


# Changing nothing


def test_every_route_that_writes_refuses_her_and_what_she_asks_for_is_written_down(api: Api) -> None:
    made, seen = world(api), 0
    client, token = signed_in(api, "auditor")
    with transaction(api.house.sessions) as session:
        before = session.query(EventLine).filter(EventLine.kind != Event.AUDITOR_LOOKED).count()
    wrong = []
    for rule, method, address in asked(api, made, None):
        own = (
            rule.endpoint.startswith(("account.", "security.", "own_key.", "kit.")) or rule.endpoint == "journals.page"
        )
        if method == "POST" and not own:
            answer = ask(client, method, address, token)
            seen += 1
            if answer.status_code != 403:
                wrong.append((address, answer.status_code))
    assert not wrong, wrong
    assert seen > 80
    with transaction(api.house.sessions) as session:
        assert session.query(EventLine).filter(EventLine.kind != Event.AUDITOR_LOOKED).count() == before
        told = session.query(EventLine).filter(EventLine.kind == Event.AUDITOR_LOOKED).all()
        assert len(told) >= seen and {line.official_id for line in told} == {api.ids["auditor"]}
    client.get(f"/letters/{made.ids['document_id']}?x=1")
    with transaction(api.house.sessions) as session:
        newest = (
            session.query(EventLine).filter(EventLine.kind == Event.AUDITOR_LOOKED).order_by(EventLine.event_id.desc())
        )
        assert newest.first().detail["what"] == f"GET /letters/{made.ids['document_id']}?x=1"
    program = api.program("auditor")
    assert program.call("PUT", f"/documents/{made.ids['document_id']}/follow", {}).status_code == 403
    assert program.call("GET", f"/documents/{made.ids['document_id']}").status_code == 200


def test_programs_of_hers_are_limited_too(api: Api) -> None:
    made = world(api)
    with transaction(api.house.sessions) as session:
        grant = session.query(RoleGrant).filter_by(official_id=api.ids["auditor"]).one()
        grant.register_ids = [api.office.outgoing.register_id]
    program = api.program("auditor")
    assert program.call("GET", f"/documents/{made.ids['document_id']}").status_code == 404
    assert program.call("GET", f"/registers/{made.ids['register_id']}").status_code == 404
    assert [row["register_id"] for row in program.get("/registers")["items"]] == [api.office.outgoing.register_id]
    assert program.call("GET", "/arrivals").status_code == 403
