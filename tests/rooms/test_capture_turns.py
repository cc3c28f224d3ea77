"""Long scans beside short ones, with worker processes of their own: who is read first, and what stopping does."""

# ruff: noqa: F811 -- the desk is a fixture of the other module

from __future__ import annotations

import io
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from sqlalchemy import select, text

from edms.access.actor import Actor
from edms.capture import keeping, reading, turns
from edms.capture.models import CaptureState, PageText
from edms.errors import Forbidden, RuleBroken
from edms.events import Event, EventLine
from edms.jobs import Kind, defer
from edms.registry import arrivals, contents
from edms.registry.card import Card
from edms.registry.models import Arrival, Content, Register
from edms.registry.registration import register
from edms.registry.words import Channel, ContentRole, Tray
from edms.search import projection
from edms.staff.actors import actor_for
from edms.staff.models import Official
from tests.rooms.test_capture_reading import Desk, desk, double, until, worker  # noqa: F401

if TYPE_CHECKING:
    from tests.conftest import Database

READS = (
    r"""sleep 0.02; printf 'level\tpage_num\t\n5\t1\t1\t1\t1\t1\t10\t10\t90\t20\t95\tLetterofmanywords\n' > $2.tsv"""
)
TURNS = [Event.READING_STOPPED, Event.READING_TAKEN_UP]
LONG = 60
"""Pages of what stands for six hundred: turns are as much shorter."""


def sheets(count: int) -> bytes:
    pages = [Image.new("L", (300, 200 + n), 255) for n in range(count)]
    made = io.BytesIO()
    pages[0].save(made, "TIFF", save_all=True, append_images=pages[1:])
    return made.getvalue()


def arrived(desk: Desk, whole: bytes, organisation_id: int) -> tuple[int, int]:
    """A scan in the tray of an office: arrival and content, and its job posted."""
    stored = desk.store.put(io.BytesIO(whole), limit=1 << 30)
    robot = Actor.system(organisation_id)
    with desk.transaction() as session:
        content = contents.enter(session, robot, organisation_id=organisation_id, stored=stored, name="scan.tif")
        arrival = arrivals.take_in(
            session, robot, organisation_id=organisation_id, tray=Tray.SCAN, channel=Channel.SCAN, content=content
        )
        return arrival.arrival_id, content.content_id


def nino(session) -> Actor:
    return actor_for(session, session.scalars(select(Official).where(Official.login == "nino")).one())


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TURN_SECONDS", "0.4")


def ended(desk: Desk, *content_ids: int) -> bool:
    return all(desk.done(each) and desk.state(each).ended_at is not None for each in content_ids)


def test_letter_of_another_office_and_one_that_is_looked_at_are_read_while_a_long_scan_goes_on(
    database: Database,
    desk: Desk,
    tmp_path: Path,
    turn: None,
) -> None:
    engine = double(tmp_path, READS)
    _, long = arrived(desk, sheets(LONG), desk.ours)
    with worker(database, desk, engine) as process:
        until(lambda: desk.done(long) >= 2)
        process.send_signal(signal.SIGSTOP)  # however slow this test is, the backlog still waits when the others come
        backlog = [arrived(desk, sheets(2), desk.ours)[1] for _ in range(12)]
        _, theirs = arrived(desk, sheets(1), desk.theirs)
        _, looked_at = arrived(desk, sheets(1), desk.ours)
        with desk.transaction() as session:
            assert turns.look_forward(session, [looked_at])[looked_at].pages is None
        process.send_signal(signal.SIGCONT)
        until(lambda: ended(desk, theirs, looked_at, *backlog, long))
    order = sorted((desk.state(each).ended_at, each) for each in (long, theirs, looked_at, *backlog))
    place = {each: at for at, (_, each) in enumerate(order)}
    assert place[long] == len(order) - 1, "nobody waited for all of it"
    assert place[looked_at] < max(place[each] for each in backlog), "it came later than the backlog and was read before"
    assert place[theirs] < max(place[each] for each in backlog), "the other office had its turn"
    assert [page.page for page in desk.pages(long)] == list(range(1, LONG + 1))


def test_stopped_scan_keeps_its_pages_survives_its_worker_and_is_taken_up_where_it_was(
    database: Database,
    desk: Desk,
    tmp_path: Path,
    turn: None,
) -> None:
    engine = double(tmp_path, READS)
    arrival_id, content_id = arrived(desk, sheets(LONG), desk.ours)
    with worker(database, desk, engine) as process:
        until(lambda: desk.done(content_id) >= 3)
        process.kill()  # in the middle of a page: another goes on
        read_before = {page.page: page.page_text_id for page in desk.pages(content_id)}
    with worker(database, desk, engine):
        until(lambda: desk.done(content_id) > max(read_before))
        with desk.transaction() as session:
            arrival = session.get_one(Arrival, arrival_id)
            stopped = turns.stop(session, nino(session), arrival, arrival.content)
            done = stopped.pages_done
        other = arrived(desk, sheets(1), desk.ours)[1]
        until(lambda: ended(desk, other))
    state = desk.state(content_id)
    assert (state.state, state.reason, state.pages_done) == (CaptureState.STOPPED, turns.STOPPED, done)
    assert desk.jobs() == [], "nothing of it waits"
    pages = {page.page: page.page_text_id for page in desk.pages(content_id)}
    assert list(pages) == list(range(1, done + 1)) and read_before.items() <= pages.items()
    with desk.transaction() as session:
        arrival = session.get_one(Arrival, arrival_id)
        with pytest.raises(RuleBroken):
            turns.stop(session, nino(session), arrival, arrival.content)
        turns.take_up(session, nino(session), arrival, arrival.content)
    with worker(database, desk, engine):
        until(lambda: desk.state(content_id).state is CaptureState.READ)
    after = {page.page: page.page_text_id for page in desk.pages(content_id)}
    assert list(after) == list(range(1, LONG + 1)) and pages.items() <= after.items(), "nothing was read twice"
    with desk.transaction() as session:
        of_content = select(EventLine.kind).where(EventLine.subject_id == content_id, EventLine.kind.in_(TURNS))
        assert session.scalars(of_content.order_by(EventLine.event_id)).all() == TURNS


@pytest.mark.parametrize(
    "login", ["gocha", "levan", "giorgi", "maka"]
)  # executes, looks on, runs the machine, another town
def test_stopping_is_for_those_who_may(desk: Desk, login: str) -> None:
    arrival_id, _ = arrived(desk, sheets(1), desk.ours)
    with desk.transaction() as session:
        arrival = session.get_one(Arrival, arrival_id)
        other = actor_for(session, session.scalars(select(Official).where(Official.login == login)).one())
        for act in (turns.stop, turns.take_up):
            with pytest.raises(Forbidden):
                act(session, other, arrival, arrival.content)


def test_pages_are_found_while_the_others_are_read(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TURN_SECONDS", 0.0)
    engine = double(tmp_path, READS)
    content_id = desk.took_in(sheets(3))
    with desk.transaction() as session:
        who = nino(session)
        book = session.scalars(select(Register).where(Register.organisation_id == desk.ours).limit(1)).one()
        card = Card(summary="გზა", correspondent_name="ანა კალანდაძე")
        document = register(session, who, book, card, idempotency_key="long")
        contents.attach(session, who, document, session.get_one(Content, content_id), ContentRole.ORIGINAL)
        document_id = document.document_id
        session.execute(text("DELETE FROM procrastinate_jobs"))
    assert desk.read(content_id, engine).state is CaptureState.READING
    assert desk.jobs(Kind.INDEX) == [document_id]
    with desk.transaction() as session:
        [entry] = projection.entries_of(session, [document_id])
        assert any("letterofmanywords" in lexeme for lexemes, _, _ in entry.words for lexeme in lexemes)
        assert session.scalars(select(PageText.page).where(PageText.content_id == content_id)).all() == [1]


def test_a_growing_letter_is_indexed_ever_more_seldom() -> None:
    steps = [n for n in range(0, 600, 5) if keeping.has_grown(n, n + 5)]
    assert steps[0] == 0 and 20 < len(steps) < 60
    assert sum(steps) < 600 * 12


def test_awaited_jobs_stand_before_the_backlog_and_the_shorter_before_the_longer(desk: Desk) -> None:
    first, second, third = (desk.took_in(sheets(n + 1)) for n in range(3))
    with desk.transaction() as session:
        for each in (first, second, third):
            defer(session, Kind.LOOK_INSIDE, each, organisation_id=desk.ours)
        state = keeping.begin(session, second)
        assert state is not None
        session.execute(text("UPDATE capture SET pages_done = 40, pages = 600"))
    with desk.transaction() as session:
        turns.look_forward(session, [second, third])
        rows = session.execute(text("SELECT args FROM procrastinate_jobs ORDER BY priority DESC, id"))
        assert [row.args["subject_id"] for row in rows] == [third, second, first]
