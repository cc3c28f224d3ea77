"""At 200,000 letters the desk, a register's page and a letter stay fast: no list reads a table to show fifty lines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from edms import clock
from edms.access.actor import Actor
from edms.db.engine import Sessions, engine_for
from edms.overview.course import course_of
from edms.overview.desk import desk_of
from edms.overview.register import Wanted, register_page
from edms.registry.documents import document_of
from edms.registry.words import DocumentState
from edms.reports.figures import Figure, letters, sheet
from edms.reports.period import Period
from tests import cast

LETTERS = 200_000
BLOCKS = 12_000
LARGE = {"document", "submission", "resolution", "assignment", "report"}

MAKE = """
INSERT INTO document (organisation_id, register_id, number, year, serial, kind, state, registered_at, registered_on,
  received_on, channel, authorship, correspondent_name, summary, document_type, sheets, annex_sheets, responsible_id, unit_id, grade,
  language, due_on, over_at, term, on_control, tracking_issue, migrated, waiting_scan, closed, readers, summed, version)
SELECT :org, :book, '12-05/' || g, 2020 + g / 40000, g, 'incoming',
  CASE WHEN g % 9973 = 1 THEN 'executed' WHEN g > :n - 200 THEN 'registered' WHEN g > :n - 500 THEN 'submitted' WHEN g > :n - 3000 THEN 'in_execution'
       ELSE 'filed' END,
  timestamptz '2020-01-01' + g * interval '15 minutes', date '2020-01-01' + g / 100, date '2020-01-01' + g / 100,
  'post', 'one', 'Correspondent ' || g % 5000, 'Request for the repair of road number ' || g, 'letter', 2, 0,
  CASE WHEN g > :n - 200 THEN NULL ELSE :head END, CASE WHEN g % 9973 = 0 THEN :roads ELSE :unit END, CASE WHEN g % 50 = 0 THEN 'personal' ELSE 'open' END,
  'ka', date '2020-02-01' + g / 100,
  CASE WHEN g <= :n - 3000 THEN timestamptz '2020-01-05' + g * interval '15 minutes' END, NULL, g % 40 = 0, 1, false, false, false,
  ARRAY['org:' || :org || ':' || CASE WHEN g % 50 = 0 THEN 'personal' ELSE 'open' END, 'unit:' || :unit,
        'official:' || :mayor, 'official:' || :head], false, 1
FROM generate_series(1, :n) g;
INSERT INTO submission (document_id, organisation_id, official_id, state, submitted_at, version)
SELECT document_id, :org, :mayor, CASE state WHEN 'submitted' THEN 'waiting' ELSE 'resolved' END, registered_at, 1
FROM document WHERE state <> 'registered';
INSERT INTO resolution (document_id, author_id, entered_by_id, text, "order", issued_at, due_on, state, to_file, version)
SELECT document_id, :mayor, :mayor, 'to execute', 'parallel', registered_at, due_on,
  CASE state WHEN 'in_execution' THEN 'open' ELSE 'done' END, false, 1
FROM document WHERE state NOT IN ('registered', 'submitted');
INSERT INTO assignment (resolution_id, document_id, organisation_id, official_id, position, responsible, purpose, state,
  due_on, opened_at, version)
SELECT resolution_id, document_id, :org, CASE resolution_id % 4 WHEN 0 THEN :head ELSE :other END, 1, true,
  CASE resolution_id % 7 WHEN 0 THEN 'acquaint' ELSE 'execute' END,
  CASE WHEN state = 'done' THEN 'done' WHEN resolution_id % 3 = 0 THEN 'reported' ELSE 'open' END, due_on, issued_at, 1
FROM resolution;
INSERT INTO report (assignment_id, text, reported_at, reported_by_id, state)
SELECT assignment_id, 'done', opened_at, official_id, CASE state WHEN 'reported' THEN 'waiting' ELSE 'accepted' END
FROM assignment WHERE state IN ('done', 'reported') AND purpose = 'execute';
INSERT INTO control (document_id, organisation_id, due_on, put_at, put_by_id, removed_at, version)
SELECT document_id, :org, due_on, registered_at, :mayor, CASE state WHEN 'filed' THEN registered_at END, 1
FROM document WHERE on_control
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_desk_register_and_letter_touch_little_of_200_000_letters(database, committed: Sessions) -> None:
    with committed() as session, session.begin():
        office = cast.office(session)
    facts = {
        "org": office.organisation.organisation_id,
        "book": office.incoming.register_id,
        "mayor": office.mayor.official_id,
        "head": office.unit_head.official_id,
        "other": office.second_executor.official_id,
        "unit": office.infrastructure.unit_id,
        "roads": office.roads.unit_id,
        "n": LETTERS,
    }
    owner = engine_for(database.owner_url, poolclass=NullPool, limits={"statement_timeout": "300s"})
    with owner.begin() as connection:
        for statement in MAKE.split(";\n"):
            # Ids stand in the text: one placeholder has several types here.
            for name, value in facts.items():
                statement = statement.replace(f":{name}", str(value))
            connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.exec_driver_sql("ANALYZE")
    with owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")  # as the server does by itself, sooner or later: other plans then
    with committed() as session:
        for name in ("mayor", "unit_head", "second_executor", "registrar", "controller", "stranger", "foreigner"):
            person = getattr(office, name)
            actor = cast.Person(session, session.merge(person.official)).actor()
            touched(session, f"desk of {name}", lambda actor=actor: desk_of(session, actor))
            for before in (None, (2022, 90_000)):
                touched(session, f"register of {name}", lambda a=actor, b=before: page(session, office, a, b))
        month = Period(date(2024, 3, 1), date(2024, 3, 31))
        for name in ("mayor", "unit_head", "controller"):
            actor = cast.Person(session, session.merge(getattr(office, name).official)).actor()
            touched(session, f"figures of {name}", lambda actor=actor: sheet(session, actor, month))
            for figure in Figure:
                listed = partial(letters, session, actor, figure, month)
                touched(session, f"{figure} of {name}", listed)
        mayor = cast.Person(session, session.merge(office.mayor.official)).actor()
        one = page(session, office, mayor, (2022, 90_000))[0].document
        # The few letters of a small unit, or in a rare state, are not sought among everybody's.
        for few in ({"unit_id": office.roads.unit_id}, {"state": DocumentState.EXECUTED}):
            listed = partial(register_page, session, mayor, office.incoming, Wanted(**few))
            assert len(listed()) in (LETTERS // 9973, LETTERS // 9973 + 1), few
            touched(session, f"register of {few}", listed)
        touched(
            session,
            "letter",
            lambda: course_of(
                session, document_of(session, mayor, one.document_id), clock.today("Asia/Tbilisi"), mayor
            ),
        )


def page(session: Session, office: cast.Office, actor: Actor, before: tuple[int, int] | None):
    return register_page(session, actor, office.incoming, Wanted(before=before))


def touched(session: Session, what: str, do: Callable[[], object]) -> None:
    """Run it, then ask the server how it reads for each of its statements, and how long."""
    asked: list[tuple[str, object]] = []

    def note(connection, cursor, statement, parameters, context, executemany):
        asked.append((statement, parameters))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    begun = time.perf_counter()
    do()
    took = time.perf_counter() - begun
    event.remove(connection, "before_cursor_execute", note)
    read, spent = 0, 0.0
    for statement, parameters in asked:
        if statement.lstrip().upper().startswith("SELECT"):
            plan = connection.exec_driver_sql(
                "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement, parameters
            ).scalar()
            top = (json.loads(plan) if isinstance(plan, str) else plan)[0]
            assert not set(scanned(top["Plan"])) & LARGE, (what, statement)
            read += top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]
            spent += top["Execution Time"]
    print(f"{what}: {read} blocks, {spent:.0f} ms of the server, {took * 1000:.0f} ms in all, {len(asked)} statements")
    session.expunge_all()
    assert read < BLOCKS, what


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    """The tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from scanned(below)
