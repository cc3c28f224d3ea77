"""Whoever asked for a journal or for letters by a list is told when a machine has made them, with the way there."""

from __future__ import annotations

from sqlalchemy import select

from edms import clock
from edms.drafting.mailing import making
from edms.drafting.mailing.reading import Line
from edms.events import Event, EventLine
from edms.notices.notices import tell_of
from edms.registry.words import Channel
from edms.reports import journals
from edms.reports.models import Journal
from edms.reports.period import Period
from workers.journals import give_up, make

pytest_plugins = ["tests.web.desk_site"]


def tell(desk, event: Event) -> int:
    with desk.house.transaction() as session:
        lines = select(EventLine.event_id).where(EventLine.kind == event)
        return sum(tell_of(session, ident) for ident in session.scalars(lines))


def test_a_journal_that_is_ready_or_failed_is_told_to_its_asker_alone(desk):
    today = clock.today("Asia/Tbilisi")
    desk.letter()

    def ask(session, office):
        return journals.ask(session, office.registrar.actor(), office.incoming, Period(today, today)).journal_id

    ready, lost = desk.do(ask), desk.do(ask)
    make(desk.house, ready)
    make(desk.house, ready)  # once more changes nothing
    give_up(desk.house, lost)
    with desk.house.transaction() as session:
        assert session.get_one(Journal, ready).content_id is not None
    assert (tell(desk, Event.JOURNAL_READY), tell(desk, Event.JOURNAL_FAILED)) == (1, 1)
    page = f"/registers/{desk.cast.incoming.register_id}/journal"
    assert f'href="{page}"' in desk.as_("registrar").get("/desk/")
    told = desk.as_("registrar").get("/notices/")
    assert told.count(f'href="{page}"') == 2 and f"{today:%d.%m.%Y}" in told
    for other in ("executor", "mayor", "foreigner"):
        assert page not in desk.as_(other).get("/notices/")


def test_letters_by_a_list_that_are_made_are_told_to_their_author(desk):
    def act(session, office):
        text = making.Text(
            subject="გადასახადი", text="გადაიხადეთ", signer_id=office.mayor.official_id, language="ka",
            channel=Channel.POST,
        )  # fmt: skip
        line = Line(place=1, cells={}, name="ანა", address="გორი", channel=Channel.POST, copy=False, faults={})
        return making.ask(session, office.executor.actor(), text, [line], file_name="list.xlsx").mailing_id

    mailing_id = desk.do(act)
    desk.do(lambda session, office: making.finish(session, mailing_id))
    assert tell(desk, Event.MAILING_MADE) == 1
    assert f'href="/mailings/{mailing_id}"' in desk.as_("executor").get("/notices/")
    assert f"/mailings/{mailing_id}" not in desk.as_("mayor").get("/notices/")
