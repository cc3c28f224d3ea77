"""Notices by mail through a real SMTP server: what was chosen, when, never content, never twice; failures stay visible."""

from __future__ import annotations

import email
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import policy
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from edms import bootstrap, clock
from edms.config import Settings
from edms.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from edms.events import EventLine
from edms.notices import choosing, mailing, notices
from edms.notices.choosing import NoticeKind
from edms.notices.concerned import TABLE
from edms.notices.models import Notice, NoticeMail, NoticeMailState
from edms.routing import submission
from edms.routing.opinions import asking
from edms.routing.reminding import remind
from edms.staff.actors import actor_for
from edms.staff.models import Official
from edms.words.catalogue import load
from tests.cast import Office, office
from tests.letters import letter, resolved, submitted
from workers import notice_mail as machine

FRIDAY = datetime(2025, 5, 2, 8, tzinfo=UTC)  # noon in Tbilisi, a working day


class Server:
    """Takes mail; or refuses an address, or breaks the line once it has it."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.refuses = self.breaks = False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuses:
            return "550 no such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        if self.breaks:
            server.transport.abort()
        return "250 OK"


@pytest.fixture
def mail() -> Iterator[SimpleNamespace]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=0)
    # The library asks its own port for a greeting before it is known: bound to any, it must be told.
    controller.port = free_port()
    controller.start()
    yield SimpleNamespace(server=handler, url=f"smtp://127.0.0.1:{controller.port}", stop=controller.stop)
    if controller.server is not None and threading.active_count() > 1:
        controller.stop(no_assert=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def house(database, committed, mail, tmp_path):
    settings = Settings(
        data_dir=tmp_path, smtp_url=mail.url, smtp_from="records@kvemo.ge", desk_url="https://records.kvemo.ge"
    )
    urls = SimpleNamespace(app=database.app_url)
    return bootstrap.House(settings, urls, database.engine, committed, None)


@contextmanager
def town(house, **choices: str) -> Iterator[tuple]:
    """The cast, the mayor with a mailbox and her choices; committed at the end."""
    with clock.at(FRIDAY), house.transaction() as session:
        cast = office(session)
        mayor = cast.mayor.official
        mayor.email, mayor.preferences = "mayor@kvemo.ge", {"notices": choices}
        session.flush()
        yield session, cast
        for event_id in session.scalars(select(EventLine.event_id).order_by(EventLine.event_id)).all():
            notices.tell_of(session, event_id)


def outbox(house) -> list[tuple[int, NoticeMailState, str | None]]:
    with house.transaction() as session:
        found = select(NoticeMail.notice_mail_id, NoticeMail.state, NoticeMail.trouble).order_by(
            NoticeMail.notice_mail_id
        )
        return [tuple(row) for row in session.execute(found)]


def deliver(house, later: timedelta = timedelta(minutes=2)) -> None:
    with clock.at(FRIDAY + later):
        for notice_mail_id, _, _ in outbox(house):
            machine.send_notices(house, notice_mail_id)


def test_every_kind_of_line_has_its_kind_of_choice_and_its_words():
    told = {name for name in load() if name.startswith("notices.") and name.rpartition(".")[2] in {n.rpartition(".")[2] for n in choosing.KIND_OF}}  # fmt: skip
    assert set(choosing.KIND_OF) <= told
    own = {event for event in TABLE if event.value.endswith("handed-over")}
    names = {f"notices.{event.value.replace(':', '_').replace('-', '_')}" for event in set(TABLE) - own}
    assert names <= set(choosing.KIND_OF)


def test_what_comes_within_a_minute_is_one_mail_that_says_numbers_and_nothing_else(house, mail):
    with town(house, work="now") as (session, cast):
        first = letter(session, cast, summary="საიდუმლო თხოვნა გზაზე", correspondent_name="ანა კალანდაძე")
        second = letter(session, cast, summary="სხვა საიდუმლო")
        for each in (first, second):
            submitted(session, cast, each, cast.mayor)
        numbers, ids = (first.number, second.number), (first.document_id, second.document_id)
    assert [state for _, state, _ in outbox(house)] == [NoticeMailState.WAITING]
    deliver(house)
    deliver(house)  # the job once more: nothing goes twice
    (got,) = mail.server.mails
    text = got.get_content()
    assert got["To"] == "mayor@kvemo.ge" and got["Auto-Submitted"] == "auto-generated"
    for number, ident in zip(numbers, ids, strict=True):
        assert number in text and f"https://records.kvemo.ge/letters/{ident}" in text
    for secret in ("საიდუმლო", "ანა", "კალანდაძე"):
        assert secret not in str(got["Subject"]) + text
    assert [state for _, state, _ in outbox(house)] == [NoticeMailState.SENT]


def test_a_draft_is_told_without_its_subject(house, mail):
    with town(house, work="now") as (session, cast):
        values = {"number": "", "subject": "საიდუმლო სათაური"}
        notices.tell(session, cast.mayor.official_id, None, "notices.draft_sent_to_sign", values, "x")
    deliver(house)
    assert "საიდუმლო" not in mail.server.mails[0].get_content()


def test_what_was_undone_is_mailed_to_nobody_and_what_was_seen_or_may_not_be_read_is_left_out(house, mail):
    with town(house, work="now") as (session, cast):
        document = letter(session, cast)
        lying = submission.submit(session, cast.registrar.actor(), document, official=cast.mayor.official_id)
        submission.take_back(session, cast.registrar.actor(), lying)
    assert outbox(house) == []
    with clock.at(FRIDAY), house.transaction() as session:
        mayor = session.scalars(select(Official).where(Official.login == "davit")).one()
        notices.tell(
            session, mayor.official_id, None, "notices.question_answered", {}, "service"
        )  # chose the desk alone
        notices.tell(session, mayor.official_id, None, "notices.work_near", {"number": "7", "due_on": "x"}, "daily")
        notices.tell(session, mayor.official_id, None, "notices.paper_handed", {"number": "8"}, "seen")
        session.scalars(select(Notice).where(Notice.source_key == "seen")).one().seen_at = clock.now()
    deliver(house)
    assert mail.server.mails == []
    assert [state for _, state, _ in outbox(house)] == [NoticeMailState.EMPTY]


def test_the_digest_comes_once_on_a_working_morning_with_what_was_not_seen(house, mail):
    with town(house) as (session, cast):  # nothing chosen: terms once a day is usual
        for n in ("7", "8"):
            values = {"number": n, "due_on": "09.05.2025"}
            notices.tell(session, cast.mayor.official_id, None, "notices.work_near", values, n)

    def round_at(hour: int, day: int = 2) -> None:
        with clock.at(datetime(2025, 5, day, hour - 4, tzinfo=UTC)):  # Tbilisi is four hours ahead
            machine.post_digests(house, None)

    round_at(7)
    round_at(9, day=3)  # Saturday
    assert outbox(house) == []
    round_at(9)
    round_at(10)
    assert len(outbox(house)) == 1
    deliver(house)
    round_at(11)
    assert len(mail.server.mails) == 1 and len(outbox(house)) == 1
    assert "7" in mail.server.mails[0].get_content() and "09.05.2025" in mail.server.mails[0].get_content()


def test_a_mail_whose_machine_was_killed_in_the_middle_is_not_sent_twice_and_says_so(house, mail):
    with town(house, work="now") as (session, cast):
        submitted(session, cast, letter(session, cast), cast.mayor)
    ((ident, _, _),) = outbox(house)
    with clock.at(FRIDAY + timedelta(minutes=2)), house.transaction() as session:
        assert mailing.claim(session, ident) is not None  # committed; then the power goes, before or after the sending
    deliver(house)
    assert mail.server.mails == []
    assert outbox(house) == [(ident, NoticeMailState.FAILED, mailing.UNCERTAIN)]


def test_a_line_that_breaks_after_the_mail_was_handed_over_leaves_a_doubt_and_no_double(house, mail):
    with town(house, work="now") as (session, cast):
        submitted(session, cast, letter(session, cast), cast.mayor)
    mail.server.breaks = True
    deliver(house)
    deliver(house)
    assert len(mail.server.mails) == 1
    assert outbox(house)[0][1:] == (NoticeMailState.FAILED, mailing.UNCERTAIN)


def test_a_server_that_is_away_is_tried_again_and_an_address_that_is_refused_waits_for_the_administrator(house, mail):
    with town(house, work="now") as (session, cast):
        submitted(session, cast, letter(session, cast), cast.mayor)
    away = bootstrap.House(
        house.settings.model_copy(update={"smtp_url": Settings(smtp_url=f"smtp://127.0.0.1:{free_port()}").smtp_url}),
        house.urls, house.engine, house.sessions, None,
    )  # fmt: skip
    with pytest.raises(Unavailable):
        deliver(away)
    ((ident, state, trouble),) = outbox(house)
    assert (state, trouble) == (NoticeMailState.WAITING, "delivery.mail_down")
    mail.server.refuses = True
    deliver(house)
    assert outbox(house) == [(ident, NoticeMailState.FAILED, "delivery.address_refused")]
    with house.transaction() as session:
        people = {each.login: each for each in session.scalars(select(Official))}

        def actor(login: str):
            return actor_for(session, people[login])

        assert [m.notice_mail_id for m, _ in mailing.troubled(session, actor("giorgi"))] == [ident]
        assert mailing.troubled(session, actor("vakho")) == []  # another office
        with pytest.raises(Forbidden):
            mailing.troubled(session, actor("lali"))
        with pytest.raises(Forbidden):
            mailing.send_again(session, actor("lali"), ident)
        with pytest.raises(NotFound):
            mailing.send_again(session, actor("vakho"), ident)
        mailing.send_again(session, actor("giorgi"), ident)
        with pytest.raises(Conflict):
            mailing.send_again(session, actor("giorgi"), ident)
    mail.server.refuses = False
    deliver(house)
    assert len(mail.server.mails) == 1 and outbox(house) == [(ident, NoticeMailState.SENT, None)]


def test_one_chooses_for_oneself_alone(session):
    cast = office(session)
    choosing.choose(session, cast.mayor.actor(), cast.mayor.official, {"work": "now", "terms": "desk"})
    chosen = choosing.chosen(cast.mayor.official)
    assert (chosen[NoticeKind.WORK], chosen[NoticeKind.TERMS]) == ("now", None)
    with pytest.raises(Forbidden):
        choosing.choose(session, cast.stranger.actor(), cast.mayor.official, {"work": "now"})
    for wrong in ({"work": "hourly"}, {"everything": "now"}):
        with pytest.raises(Invalid):
            choosing.choose(session, cast.mayor.actor(), cast.mayor.official, wrong)


def test_an_opinion_asked_for_with_a_day_is_reminded_of_and_missed(session):
    cast: Office = office(session)
    with clock.at(FRIDAY):
        document = letter(session, cast)
        resolved(session, cast, document, cast.executor)
        asking.ask(
            session, cast.executor.actor(), document, official_ids=[cast.lawyer.official_id], question="?", due_on=date(2025, 5, 7)
        )  # fmt: skip
    told = {}
    for day in (5, 6, 7, 8, 10, 18):
        with clock.at(datetime(2025, 5, day, 8, tzinfo=UTC)):
            made = [r for r in remind(session, cast.organisation) if r.message.startswith("notices.opinion")]
            assert remind(session, cast.organisation) == []
            told[day] = {(r.official_id, r.message) for r in made}
    lawyer, executor = cast.lawyer.official_id, cast.executor.official_id
    late = {(lawyer, "notices.opinion_late"), (executor, "notices.opinion_missing")}
    near = {(lawyer, "notices.opinion_near")}
    assert told == {5: set(), 6: near, 7: near, 8: late, 10: set(), 18: late}


def test_nobody_who_left_gets_mail(house, mail):
    with town(house, work="now") as (session, cast):
        submitted(session, cast, letter(session, cast), cast.mayor)
    with house.transaction() as session:
        session.scalars(select(Official).where(Official.login == "davit")).one().left_on = date(2025, 5, 1)
    deliver(house)
    assert mail.server.mails == [] and outbox(house)[0][1] is NoticeMailState.EMPTY
