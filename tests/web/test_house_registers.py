"""Registers and their numbers in the browser: a pattern with its example, closing on a day, reserving, voiding."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from edms import clock
from edms.registry import registers, reservations
from edms.registry.models import Number, Register
from edms.registry.words import NumberState
from edms.staff.actors import actor_for
from edms.staff.models import Official
from tests.web.house_site import PASSWORD, Site, house_site  # noqa: F401

PATTERN = {"part_0": "unit", "part_1": "text", "text_1": "-", "part_2": "year2", "part_3": "text", "text_3": "/",
           "part_4": "serial", "width": "4"}  # fmt: skip
NEW = {"names_ka": "ხელშეკრულებები", "kind": "contracts", "code": "con", "yearly": "running", "first_serial": "17"}


def test_the_example_is_the_number_that_the_register_then_gives(site: Site) -> None:
    admin = site.client("giorgi")
    shown = site.post(admin, "/house/registers/new", {**NEW, **PATTERN, "do": "show"})
    year = clock.today("Asia/Tbilisi").year % 100
    assert shown.status_code == 200
    html = shown.get_data(as_text=True)
    assert f"12-{year}/0017" in html and f"{year}/0017" in html and "ხელშეკრულებები" in html
    part = site.post(admin, "/house/registers/example", {**NEW, **PATTERN}, "/house/registers/new")
    assert f"12-{year}/0017" in part.get_data(as_text=True) and "<html" not in part.get_data(as_text=True)
    assert site.post(admin, "/house/registers/new", {**NEW, **PATTERN, "do": "save"}).status_code == 303
    with site.transaction() as session:
        book = session.scalars(select(Register).where(Register.code == "con")).one()
        number = reservations.draw_number(session, book, unit="12")
        assert (number.text, number.year, book.yearly) == (f"12-{year}/0017", 0, False)


def test_a_pattern_that_cannot_be_is_refused_at_its_field_and_kept(site: Site) -> None:
    admin = site.client("giorgi")
    two = {"part_0": "serial", "part_1": "unit"}
    answer = site.post(admin, "/house/registers/new", {**NEW, **two, "do": "save"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'href="#f-pattern"' in html and "ხელშეკრულებები" in html
    assert site.post(admin, "/house/registers/new", {**NEW, "code": "in", **PATTERN, "do": "save"}).status_code == 422


def test_a_change_is_for_numbers_to_come_and_needs_the_right(site: Site) -> None:
    page = f"/house/registers/{site.ids['incoming']}"
    form = {"names_ka": "შემოსული წერილები", "part_0": "serial", "version": "1", "do": "save"}
    assert site.post(site.client("nino"), page, form, "/account/").status_code == 403
    assert site.post(site.client("vakho"), page, form, "/account/").status_code == 404
    admin = site.client("giorgi")
    assert site.post(admin, page, form).status_code == 303
    assert site.post(admin, page, form).status_code == 422  # a stale edit
    with site.transaction() as session:
        book = session.get_one(Register, site.ids["incoming"])
        assert (book.names, list(book.pattern)) == ({"ka": "შემოსული წერილები"}, [{"part": "serial", "width": 0}])


def test_a_new_years_pattern_waits_for_its_day(site: Site) -> None:
    admin, page = site.client("giorgi"), f"/house/registers/{site.ids['incoming']}"
    today = clock.today("Asia/Tbilisi")
    first = date(today.year + 1, 1, 1)
    form = {"names_ka": "შემოსული", "part_0": "serial", "part_1": "text", "text_1": "-", "part_2": "year", "do": "save"}
    past = {**form, "version": 1, "pattern_from": (today - timedelta(days=1)).strftime("%d.%m.%Y")}
    assert 'href="#f-pattern_from"' in site.post(admin, page, past).get_data(as_text=True)
    coming = {**form, "version": 1, "pattern_from": first.strftime("%d.%m.%Y")}
    assert site.post(admin, page, coming).status_code == 303
    assert first.strftime("%d.%m.%Y") in admin.get(page).get_data(as_text=True)
    with site.transaction() as session:
        book = session.get_one(Register, site.ids["incoming"])
        old = reservations.draw_number(session, book, case="12-05").text
        assert str(today.year) not in old
        with clock.at(datetime(first.year, 1, 1, 8, tzinfo=UTC)):
            assert reservations.draw_number(session, book, case="12-05").text == f"1-{first.year}"
            registers.change_register(  # the pattern that began is the present one: another can wait after it
                session, actor_for(session, session.scalars(select(Official).where(Official.login == "giorgi")).one()), book,
                version=book.version, pattern=[{"part": "serial"}], pattern_from=first + timedelta(days=1),
            )  # fmt: skip
            assert reservations.draw_number(session, book).text == f"2-{first.year}"


def test_a_register_closes_on_its_day_and_goes_on_if_told(site: Site) -> None:
    admin, address = site.client("giorgi"), f"/house/registers/{site.ids['orders']}"
    today = clock.today("Asia/Tbilisi")
    past = (today - timedelta(days=1)).strftime("%d.%m.%Y")
    assert site.post(admin, f"{address}/close", {"on": past, "version": 1}, address).status_code == 422
    tomorrow = (today + timedelta(days=1)).strftime("%d.%m.%Y")
    assert site.post(admin, f"{address}/close", {"on": tomorrow, "version": 1}, address).status_code == 303
    with site.transaction() as session:
        book = session.get_one(Register, site.ids["orders"])
        assert registers.is_open(book, today) and not registers.is_open(book, today + timedelta(days=1))
    assert site.post(admin, f"{address}/close", {"do": "open-again", "version": 2}, address).status_code == 303
    with site.transaction() as session:
        assert session.get_one(Register, site.ids["orders"]).closed_on is None


def test_a_number_is_reserved_for_a_person_and_voided_behind_the_password(site: Site) -> None:
    registrar, page = site.client("nino"), f"/registers/{site.ids['outgoing']}/numbers"
    until = (clock.today("Asia/Tbilisi") + timedelta(days=2)).strftime("%d.%m.%Y")
    form = {"official": site.ids["mayor"], "reason": "დედანი მოდის", "until": until}
    assert site.post(registrar, page, {**form, "reason": ""}).status_code == 422
    assert site.post(registrar, page, form).status_code == 303
    assert site.post(site.client("lali"), page, form).status_code == 403
    html = registrar.get(page).get_data(as_text=True)
    assert "დავით მაისურაძე" in html and "დედანი მოდის" in html
    with site.transaction() as session:
        number = session.scalars(select(Number)).one()
    card = registrar.get(f"/arrivals/new?register={number.register_id}&reserved={number.number_id}").get_data(
        as_text=True
    )
    assert f'<option value="{number.number_id}" selected>' in card
    assert f'<option value="{number.register_id}" selected>' in card
    void = f"/registers/numbers/{number.number_id}/void"
    assert "/account/step-up" in registrar.get(void).headers["Location"]
    assert "/account/step-up" in site.post(registrar, void, {"reason": "შეცდომა"}, page).headers["Location"]
    site.post(registrar, "/account/step-up", {"password": PASSWORD})
    assert f"{number.text}: გაუქმება" in registrar.get(void).get_data(as_text=True)
    assert site.post(registrar, void, {"reason": ""}).status_code == 422
    assert site.post(registrar, void, {"reason": "შეცდომით დაიჯავშნა"}).status_code == 303
    assert "შეცდომით დაიჯავშნა" in registrar.get(page).get_data(as_text=True)
    assert site.client("maka", stepped_up=True).get(void).status_code == 404
    assert site.client("lali", stepped_up=True).get(void).status_code == 403


def test_a_number_of_a_letter_being_signed_is_not_voided_by_hand(site: Site) -> None:
    with site.transaction() as session:
        book = session.get_one(Register, site.ids["outgoing"])
        number = reservations.draw_number(session, book)
        number.draft_ref, number.reason = 1, "გზის შესახებ"
        session.flush()
        number_id = number.number_id
    answer = site.post(
        site.client("nino", stepped_up=True), f"/registers/numbers/{number_id}/void", {"reason": "შეცდომა"}
    )
    assert answer.status_code == 422
    with site.transaction() as session:
        assert session.get_one(Number, number_id).state is NumberState.RESERVED


def test_the_reason_of_a_lapsed_reservation_is_said_in_words(site: Site) -> None:
    with site.transaction() as session:
        actor = actor_for(session, session.get_one(Official, site.ids["registrar"]))
        reservations.reserve(
            session, actor, session.get_one(Register, site.ids["outgoing"]), for_official_id=site.ids["registrar"],
            reason="დედანი მოდის", until=clock.now() + timedelta(minutes=1),
        )  # fmt: skip
    with clock.at(clock.now() + timedelta(hours=1)), site.transaction() as session:
        assert reservations.lapse(session) == 1
    html = site.client("nino").get(f"/registers/{site.ids['outgoing']}/numbers").get_data(as_text=True)
    assert "ჯავშნის ვადა გავიდა" in html and "registry.reservation_lapsed" not in html
