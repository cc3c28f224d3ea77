"""A thousand registrations at once, some killed: one number each, no gap, no duplicate (faults.md F1, F14)."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time

from sqlalchemy import select

from edms.access.actor import Actor
from edms.db.engine import engine_for, sessions_of, transaction
from edms.errors import EdmsError
from edms.events import Event, EventLine
from edms.registry import registration
from edms.registry.card import Card
from edms.registry.models import Counter, Document, Number, Register
from tests.cast import office

PROCESSES, EACH = 8, 125


def clerk(url: str, register_id: int, mine: int, answers) -> None:
    """Register EACH letters, each key tried twice (a double click), and write down what was acknowledged."""
    engine = engine_for(url, pool_size=1)
    sessions = sessions_of(engine)
    for at in range(EACH):
        key = f"{mine}-{at}"
        for _ in range(2):
            try:
                with transaction(sessions) as session:
                    book = session.get_one(Register, register_id)
                    card = Card(
                        summary=key, correspondent_name=f"sender {mine}" if at == 0 else None, correspondent_id=None
                    )
                    document = registration.register(
                        session, Actor.system(book.organisation_id), book, card, idempotency_key=key
                    )
                    number = document.number
                answers.send((key, number))
            except EdmsError:
                time.sleep(0.01)
    answers.send(None)


def test_thousand_parallel_registrations_with_kills_leave_no_gap_and_no_duplicate(database, committed):
    with transaction(committed) as session:
        stage = office(session)
        book_id = stage.internal.register_id
    spawn = multiprocessing.get_context("spawn")
    chance = random.Random(7)
    acknowledged: dict[str, str] = {}
    running = {}
    for mine in range(PROCESSES):
        here, there = spawn.Pipe(duplex=False)
        process = spawn.Process(target=clerk, args=(database.app_url, book_id, mine, there))
        process.start()
        running[mine] = (process, here)
    killed = 0
    while running:
        for mine, (process, here) in list(running.items()):
            while here.poll(0.002):
                try:
                    answer = here.recv()
                except EOFError:
                    answer = None
                if answer is None:
                    process.join()
                    del running[mine]
                    break
                key, number = answer
                assert acknowledged.setdefault(key, number) == number
                if killed < 24 and mine in running and chance.random() < 0.03:
                    killed += 1
                    os.kill(process.pid, signal.SIGKILL)
                    process.join()
                    here, there = spawn.Pipe(duplex=False)
                    process = spawn.Process(target=clerk, args=(database.app_url, book_id, mine, there))
                    process.start()
                    running[mine] = (process, here)
                    break
    assert killed >= 12
    with transaction(committed) as session:
        documents = {d.idempotency_key: d for d in session.scalars(select(Document))}
        assert len(documents) == PROCESSES * EACH
        assert {key: documents[key].number for key in acknowledged} == acknowledged
        assert sorted(d.serial for d in documents.values()) == list(range(1, len(documents) + 1))
        assert len(list(session.scalars(select(Number)))) == len(documents)
        assert session.scalar(select(Counter.last_serial).where(Counter.register_id == book_id)) == len(documents)
        in_order = sorted(documents.values(), key=lambda d: d.serial)
        assert [d.registered_at for d in in_order] == sorted(d.registered_at for d in in_order)
        lines = list(session.scalars(select(EventLine.document_id).where(EventLine.kind == Event.DOCUMENT_REGISTERED)))
        assert len(lines) == len(set(lines)) == len(documents)
