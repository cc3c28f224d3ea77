"""Two years long past: orders of the mayor that the archive takes now, and two cases of letters that are due for destruction."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.demo import letters, scanner
from edms.demo.past import Past, time_of
from edms.filing import case_files
from edms.registry import contents, registration
from edms.registry.card import Card
from edms.registry.models import Document
from edms.registry.words import Channel, ContentRole, DocumentType, RegisterKind
from edms.retention import confirming

AGO = 6  # years: the cases' class is kept five
CASES = ("01-03", "12-08")
LETTERS = 3  # kinds of them, each twice
ORDERS_AGO, ORDERS_CASE = 11, "01-07"  # ten years after its end the archive takes a year's orders
ORDERS = (
    "ქუჩების გარე განათების წესის დამტკიცების შესახებ",
    "სამოქალაქო თავდაცვის კომისიის შექმნის შესახებ",
    "მერიის შინაგანაწესის დამტკიცების შესახებ",
)
GROUND = "საქმეთა ნომენკლატურა, შეთანხმებული საარქივო ორგანოსთან"


@dataclass
class Then(Past):
    """The same people, who had the same work then: rights are never granted for days that are over."""

    now: datetime = field(default_factory=clock.now)

    def actor(self, session: Session, login: str) -> Actor:
        """What somebody may do now."""
        with clock.at(self.now):
            return super().actor(session, login)


def live(past: Past, today: date) -> None:
    """Live both years, each until the January in which its cases were closed; the archivist has confirmed the class."""
    _orders(past, today.year - ORDERS_AGO)
    _letters(past, today.year - AGO)
    with past.house.transaction() as session:
        confirming.confirm(session, past.actor(session, "eka"), past.town.kvemo, "correspondence", ground=GROUND)


def _orders(past: Past, year: int) -> None:
    then = _then(past, year)
    for number, summary in enumerate(ORDERS):
        at = time_of(date(year, 3 + number, 12), 11, then.chance)
        text = scanner.word_file(f"ბრძანება\n\n{summary}\n\nმერი დავით მაისურაძე")
        stored = past.house.store.put(io.BytesIO(text), limit=len(text))
        with clock.at(at), past.house.transaction() as session:
            clerk = then.actor(session, "nino")
            here = past.town.kvemo.organisation_id
            paper = contents.enter(session, clerk, organisation_id=here, stored=stored, name=f"{summary[:60]}.docx")
            card = Card(
                summary=summary, channel=Channel.INTERNAL, document_type=DocumentType.ORDER.value,
                unit_id=past.town.units["01"].unit_id, case_index=ORDERS_CASE,
            )  # fmt: skip
            book = past.town.books[RegisterKind.ORDERS]
            order = registration.register(session, clerk, book, card, idempotency_key=f"demo:{stored.key}")
            contents.join(session, clerk, order, paper, ContentRole.ORIGINAL)
            case_files.file_document(session, then.actor(session, "eka"), order, case_index=ORDERS_CASE)
    _close(past, then, year)


def _letters(past: Past, year: int) -> None:
    then = _then(past, year)
    at = time_of(date(year, 11, 2), 9, then.chance)
    for subject in [s for s in letters.SUBJECTS if s.case in CASES][:LETTERS] * 2:
        at += timedelta(hours=3)
        came = then.register(letters.letter(subject, then.chance), at, scanned=False)
        with clock.at(at + timedelta(days=3)), past.house.transaction() as session:
            document = session.get_one(Document, came.document_id)
            case_files.file_document(session, then.actor(session, "eka"), document, case_index=subject.case)
    _close(past, then, year)


def _then(past: Past, year: int) -> Then:
    return Then(**{f.name: getattr(past, f.name) for f in fields(past)} | {"chance": random.Random(year)})


def _close(past: Past, then: Then, year: int) -> None:
    with clock.at(time_of(date(year + 1, 1, 12), 10, then.chance)), past.house.transaction() as session:
        case_files.close_year(session, then.actor(session, "eka"), past.town.kvemo, year=year)
