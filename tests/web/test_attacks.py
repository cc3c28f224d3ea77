"""What somebody tries who knows the addresses, the fields and the numbers of things: nothing is told, nothing breaks."""

from __future__ import annotations

from datetime import timedelta

from edms import clock
from edms.access.actor import Sight
from edms.staff.auditing import grant_audit
from edms.staff.models import Official
from tests.cast import Person
from tests.letters import letter

pytest_plugins = ["tests.web.desk_site"]


def test_a_filter_names_nothing_outside_an_auditors_letters(desk):
    """The words of a filter are read by its number: counting upwards must not list who ever wrote to the office."""
    with desk.house.transaction() as session:
        office = desk.cast_in(session)
        with clock.at(clock.now() - timedelta(days=40)):
            hidden = letter(session, office, correspondent_name="ზაზა დამალული")
        seen = letter(session, office, correspondent_name="ლია ხილული")
        session.flush()
        ids = {name: d.correspondent_id for name, d in (("seen", seen), ("hidden", hidden))}
        official = Official(
            organisation=office.organisation, organisation_id=office.organisation.organisation_id, login="audit",
            names={"ka": "გარე აუდიტორი"}, posts={},
        )  # fmt: skip
        session.add(official)
        session.flush()
        today = clock.today("Asia/Tbilisi")
        sight = Sight(frozenset({office.incoming.register_id}), today - timedelta(days=5), None)
        grant_audit(session, office.actor("administrator"), official, until_on=today, reason="ბრძანება 5", sight=sight)
        her = Person(session, official)
        outgoing = (office.outgoing.register_id, office.outgoing.name("ka"))
    site = type(desk)(desk.house, desk.app, type("Cast", (), {**vars(desk.cast), "auditor": her}))
    reader = site.as_("auditor")
    page = reader.get(f"/search/?correspondent_id={ids['seen']}&correspondent_id={ids['hidden']}")
    assert "ხილული" in page and "დამალული" not in page
    assert outgoing[1] not in reader.get(f"/search/?register_id={outgoing[0]}")
