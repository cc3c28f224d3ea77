"""A thousand attempts by three processes that are killed again and again: every key one number, no gap, no duplicate."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from multiprocessing.connection import Connection

from sqlalchemy import func, select

from benchmarks.report import Report
from benchmarks.stage import stage
from edms.access.actor import Actor
from edms.db.engine import engine_for, sessions_of, transaction
from edms.errors import EdmsError
from edms.registry import registration
from edms.registry.card import Card
from edms.registry.models import Counter, Document, Number, Register
from edms.registry.words import RegisterKind

PROCESSES, ATTEMPTS, KILLS = 3, 1000, 10


def clerk(url: str, register_id: int, keys: list[str], answers: Connection) -> None:
    """Register a letter for each key, twice (a double click), and tell what was acknowledged."""
    engine = engine_for(url, pool_size=1)
    sessions = sessions_of(engine)
    for key in keys:
        for _ in range(2):
            try:
                with transaction(sessions) as session:
                    book = session.get_one(Register, register_id)
                    actor = Actor.system(book.organisation_id)
                    number = registration.register(session, actor, book, Card(summary=key), idempotency_key=key).number
                answers.send((key, number))
            except EdmsError:
                continue
    answers.send(None)


def run(report: Report) -> None:
    """Run, kill, start again, and count."""
    spawn = multiprocessing.get_context("spawn")
    chance = random.Random(11)
    with stage() as here:
        book_id = here.town.books[RegisterKind.INTERNAL].register_id
        with here.house.transaction() as session:
            before = session.scalar(select(Counter.last_serial).where(Counter.register_id == book_id)) or 0
        shares = [[f"{mine}-{n}" for n in range(mine, ATTEMPTS, PROCESSES)] for mine in range(PROCESSES)]
        acknowledged: dict[str, str] = {}
        contradictions = killed = 0
        running = {}

        def start(mine: int) -> None:
            left = [key for key in shares[mine] if key not in acknowledged]
            here_end, there = spawn.Pipe(duplex=False)
            process = spawn.Process(target=clerk, args=(here.house.urls.app, book_id, left, there))
            process.start()
            there.close()
            running[mine] = (process, here_end)

        for mine in range(PROCESSES):
            start(mine)
        while running:
            for mine, (process, answers) in list(running.items()):
                try:
                    answer = answers.recv() if answers.poll(0.002) else ()
                except EOFError:
                    answer = None
                if answer is None:
                    process.join()
                    del running[mine]
                elif answer:
                    key, number = answer
                    contradictions += acknowledged.setdefault(key, number) != number
                    if killed < KILLS and chance.random() < 0.02:
                        killed += 1
                        os.kill(process.pid, signal.SIGKILL)
                        process.join()
                        start(mine)
        with here.house.transaction() as session:
            serials = sorted(session.scalars(select(Document.serial).where(Document.register_id == book_id)))
            numbers = session.scalar(select(func.count()).select_from(Number).where(Number.register_id == book_id))
            keys = dict(session.execute(select(Document.idempotency_key, Document.number)).all())
        wanted = list(range(before + 1, before + ATTEMPTS + 1))
        report.row("gaps and missing letters", len(set(wanted) - set(serials)), "", bar="< 1")
        report.row("duplicates and strangers", len(serials) - len(set(serials) & set(wanted)), "", bar="< 1")
        lost = sum(keys.get(key) != number for key, number in acknowledged.items())
        report.row(
            "acknowledged numbers lost or changed",
            lost + contradictions + abs((numbers or 0) - ATTEMPTS),
            "",
            bar="< 1",
        )
        report.row("processes killed in it", killed, "", bar=">= 8")
