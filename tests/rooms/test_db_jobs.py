"""Posting jobs: in the caller's transaction or not at all; fair between organisations; parked with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from edms import clock
from edms.db.engine import Sessions
from edms.errors import NotFound, Unavailable
from edms.jobs import HABITS, PERIODIC, Kind, Queue, backlog, defer, parked, retry, strike_out
from edms.jobs.parking import rescue, troubled


def _waiting(session: Session) -> list[tuple[str, int]]:
    query = "SELECT task_name, (args ->> 'subject_id')::bigint FROM procrastinate_jobs ORDER BY priority DESC, id"
    return [(name, subject) for name, subject in session.execute(text(query))]


def _failed(session: Session, kind: Kind, subject_id: int) -> int:
    job_id = defer(session, kind, subject_id)
    session.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = :id"), {"id": job_id})
    return job_id


def _doing(session: Session, job_id: int) -> None:
    session.execute(text("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = :id"), {"id": job_id})


def test_every_kind_has_a_habit_and_rounds_come_again_by_themselves() -> None:
    assert set(HABITS) == set(Kind)
    assert {kind for kind in Kind if HABITS[kind].queue is Queue.ROUNDS} == set(PERIODIC)


def test_waits_grow_and_are_bounded() -> None:
    waits = [HABITS[Kind.DISPATCH].wait(attempts) for attempts in range(40)]
    assert waits[:3] == [30, 60, 120]
    assert waits == sorted(waits) and waits[-1] == 3600


def test_job_appears_with_the_commit_only(committed: Sessions) -> None:
    with committed() as writer, committed() as reader:
        defer(writer, Kind.INDEX, 7)
        assert _waiting(reader) == []
        writer.commit()
        reader.rollback()
        assert _waiting(reader) == [("index", 7)]


def test_job_vanishes_with_the_rollback(committed: Sessions) -> None:
    with committed() as session:
        defer(session, Kind.INDEX, 7)
        session.rollback()
        assert _waiting(session) == []


def test_job_vanishes_with_its_savepoint_alone(session: Session) -> None:
    defer(session, Kind.INDEX, 1)
    with pytest.raises(RuntimeError), session.begin_nested():
        defer(session, Kind.INDEX, 2)
        raise RuntimeError
    defer(session, Kind.INDEX, 3)
    assert _waiting(session) == [("index", 1), ("index", 3)]


def test_job_carries_its_instant_and_priority(session: Session) -> None:
    at = clock.now() + timedelta(hours=1)
    defer(session, Kind.NOTIFY, 5, at=at, priority=99)
    row = session.execute(text("SELECT scheduled_at, priority, queue_name FROM procrastinate_jobs")).one()
    assert (row.scheduled_at, row.priority, row.queue_name) == (at, 99, "desk")


def test_flood_of_one_organisation_does_not_stand_before_another(session: Session) -> None:
    for content in range(60):
        defer(session, Kind.LOOK_INSIDE, content, organisation_id=1)
    defer(session, Kind.LOOK_INSIDE, 1000, organisation_id=2)
    place = [subject for _, subject in _waiting(session)].index(1000)
    assert place < 10


def test_parked_job_tells_why_and_can_be_sent_on(session: Session) -> None:
    job_id = _failed(session, Kind.DISPATCH, 4)
    troubled(session, job_id, Unavailable("exchange.mail_down", server="mail.example"))
    [found] = parked(session)
    assert (found.job_id, found.kind, found.subject_id) == (job_id, Kind.DISPATCH, 4)
    assert (found.message, found.values) == ("exchange.mail_down", {"server": "mail.example"})
    retry(session, job_id)
    assert parked(session) == []
    assert _waiting(session) == [("dispatch", 4)]


def test_reason_of_a_foreign_error_does_not_quote_the_letter(session: Session) -> None:
    job_id = _failed(session, Kind.INDEX, 4)
    troubled(session, job_id, ValueError("Nino Beridze, 01024012345"))
    [found] = parked(session)
    assert found.message == "jobs.failed_unexpectedly"
    assert "Beridze" not in found.detail and found.detail.startswith("ValueError")


def test_only_a_parked_job_can_be_sent_on_or_struck_out(session: Session) -> None:
    waiting = defer(session, Kind.INDEX, 4)
    with pytest.raises(NotFound):
        retry(session, waiting)
    with pytest.raises(NotFound):
        strike_out(session, waiting)
    gone = _failed(session, Kind.INDEX, 5)
    strike_out(session, gone)
    assert _waiting(session) == [("index", 4)]


def test_job_without_its_worker_is_returned_twice_and_parked_the_third_time(session: Session) -> None:
    job_id = defer(session, Kind.LOOK_INSIDE, 9)
    for _ in range(2):
        _doing(session, job_id)
        assert rescue(session, silent_seconds=10).returned == [job_id]
    _doing(session, job_id)
    assert rescue(session, silent_seconds=10).returned == []
    [found] = parked(session)
    assert (found.message, found.deaths, found.values) == ("jobs.worker_died", 3, {"times": "3"})


def test_job_of_a_living_worker_is_left_alone(session: Session) -> None:
    job_id = defer(session, Kind.LOOK_INSIDE, 9)
    worker = session.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")).scalar_one()
    session.execute(
        text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker WHERE id = :id"),
        {"worker": worker, "id": job_id},
    )
    assert rescue(session, silent_seconds=10).returned == []


def test_backlog_counts_what_is_due_running_and_parked(session: Session) -> None:
    defer(session, Kind.INDEX, 1)
    defer(session, Kind.INDEX, 2, at=clock.now() + timedelta(days=1))
    _doing(session, defer(session, Kind.INDEX, 3))
    _failed(session, Kind.INDEX, 4)
    [desk] = backlog(session)
    assert (desk.queue, desk.waiting, desk.running, desk.parked) == ("desk", 1, 1, 1)
    assert desk.oldest_seconds >= 0
