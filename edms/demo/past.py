"""The town's past year, lived through the services under an injected clock: several hundred letters in four languages.

Most are answered and filed, some are in progress, some overdue, some signed. Nothing is written around the services.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.demo import answers, letters, scanner
from edms.demo.letters import Written
from edms.demo.town import Town
from edms.filing.case_files import file_document
from edms.registry import arrivals, contents, registration
from edms.registry.card import Card
from edms.registry.models import Document
from edms.registry.words import Channel, Tray
from edms.routing import control, execution, resolution, submission
from edms.routing.models import Assignment, Resolution
from edms.routing.naming import Executor
from edms.staff.actors import actor_for

DAYS = 360
PER_DAY = 1.35
SCANS = 30
SIGNED = 12
ZONE = ZoneInfo("Asia/Tbilisi")
EXECUTORS = {"12": ("irakli", "gocha"), "07": ("mariam", "lali"), "03": ("zurab",), "01": ("salome", "nino")}
TEXTS = (
    "გთხოვთ განიხილოთ და მოამზადოთ პასუხი.",
    "შესასრულებლად კანონით დადგენილ ვადაში.",
    "გთხოვთ შეისწავლოთ ადგილზე და მომახსენოთ.",
)
DONE = ("შესრულებულია, განმცხადებელს ეცნობა ზეპირად.", "საკითხი შესწავლილია, პასუხი გაეგზავნა.", "სამუშაო შესრულდა.")


@dataclass
class Past:
    """The making of the past: the house, the town, chance, and how progress is told."""

    house: House
    town: Town
    chance: random.Random
    tell: Callable[[int, int], None]

    def live(self, until: date) -> int:
        """Live the year up to `until` (exclusive); how many letters came."""
        days = [day for day in _working_days(until) for _ in range(1 + (self.chance.random() < PER_DAY - 1))]
        first_scan = len(days) - SCANS * 2
        signed = set(self.chance.sample(range(len(days) - 60, len(days) - 8), SIGNED))
        for count, day in enumerate(days):
            scanned = count >= first_scan and count % 2 == 0
            self._letter(day, (until - day).days, scanned=scanned, signed=count in signed)
            self.tell(count + 1, len(days))
        return len(days)

    def actor(self, session: Session, login: str) -> Actor:
        """What somebody may do at this moment."""
        return actor_for(session, self.town.people[login], stepped_up=True)

    def _letter(self, day: date, age: int, *, scanned: bool, signed: bool) -> None:
        written = letters.write(self.chance)
        at = _time(day, 9, self.chance)
        with clock.at(at):
            document = self._register(written, scanned=scanned)
        if age < 2:
            return
        with clock.at(at + timedelta(hours=2)), self.house.transaction() as session:
            given = self._resolve(session, session.get_one(Document, document.document_id), written)
        if signed:
            answers.answer(self, document.document_id, given, written, at + timedelta(days=2, hours=3))
        elif (age > 30 and self.chance.random() < 0.93) or (age > 6 and self.chance.random() < 0.4):
            self._finish(document.document_id, given, written, at, file=age > 60)

    def _register(self, written: Written, *, scanned: bool) -> Document:
        subject = written.subject
        made = scanner.scan(written.text, subject.language, self.chance) if scanned else scanner.word_file(written.text)
        name = f"{written.summary[:60]}.{'pdf' if scanned else 'docx'}"
        stored = self.house.store.put(io.BytesIO(made), limit=len(made))
        town = self.town
        with self.house.transaction() as session:
            actor = self.actor(session, "nino")
            organisation_id = town.kvemo.organisation_id
            content = contents.enter(session, actor, organisation_id=organisation_id, stored=stored, name=name)
            channel = Channel.COUNTER if scanned else Channel.EMAIL
            arrival = arrivals.take_in(
                session, actor, organisation_id=organisation_id, tray=Tray.SCAN if scanned else Tray.UPLOAD,
                channel=channel, content=content,
            )  # fmt: skip
            today = clock.today(town.kvemo.time_zone)
            card = Card(
                summary=written.summary,
                channel=channel,
                document_on=today - timedelta(days=self.chance.randint(0, 3)),
                correspondent_name=written.sender,
                correspondent_address=written.address,
                their_number=f"{self.chance.randint(1, 900)}/{today.year % 100}"
                if subject.document_type == "letter"
                else None,
                document_type=subject.document_type,
                addressee_id=town.people["davit"].official_id,
                unit_id=town.units[subject.unit].unit_id,
                case_index=subject.case,
                language=subject.language,
                sheets=self.chance.randint(1, 4),
            )
            key = f"demo:{content.store_key}"
            book = town.books[subject.book]
            return registration.register(session, actor, book, card, idempotency_key=key, arrival=arrival)

    def _resolve(self, session: Session, document: Document, written: Written) -> Resolution:
        leader = self.chance.choice(("davit", "davit", "tamar"))
        before = submission.submit(
            session, self.actor(session, "nino"), document,
            official=self.town.people[leader].official_id, not_before=clock.now(),
        )  # fmt: skip
        people = EXECUTORS[written.subject.unit]
        named = [
            Executor(self.town.people[login].official_id) for login in people[: self.chance.randint(1, len(people))]
        ]
        given = resolution.issue(
            session, self.actor(session, leader), before, text=self.chance.choice(TEXTS), executors=named,
            not_before=clock.now(),
        )  # fmt: skip
        if self.chance.random() < 0.25:
            control.put(session, self.actor(session, leader), document)
        return given

    def _finish(self, document_id: int, given: Resolution, written: Written, at: datetime, *, file: bool) -> None:
        done_at = at + timedelta(days=self.chance.randint(2, 12), hours=1)
        if done_at > datetime.now(UTC):
            return
        with clock.at(done_at), self.house.transaction() as session:
            row = session.get_one(Resolution, given.resolution_id)
            for assignment in row.assignments:
                self.report(session, assignment, row.author_id, self.chance.choice(DONE))
        with clock.at(done_at + timedelta(hours=2)), self.house.transaction() as session:
            document = session.get_one(Document, document_id)
            if document.on_control:
                control.remove(
                    session, self.actor(session, "ketevan"), document,
                    instructed_by=self.town.people["davit"].official_id, reason="შესრულებულია", notified="ზეპირად",
                )  # fmt: skip
            if file:
                file_document(session, self.actor(session, "eka"), document, case_index=written.subject.case)

    def report(
        self, session: Session, assignment: Assignment, author_id: int, text: str, reply_id: int | None = None
    ) -> None:
        """One executor reports and the author accepts."""
        login = next(name for name, who in self.town.people.items() if who.official_id == assignment.official_id)
        author = next(name for name, who in self.town.people.items() if who.official_id == author_id)
        made = execution.report(session, self.actor(session, login), assignment, text=text, reply_document_id=reply_id)
        session.flush()
        execution.accept(session, self.actor(session, author), made)


def _working_days(until: date) -> Iterator[date]:
    for back in range(DAYS, 0, -1):
        day = until - timedelta(days=back)
        if day.weekday() < 5:
            yield day


def _time(day: date, hour: int, chance: random.Random) -> datetime:
    return datetime(day.year, day.month, day.day, hour, chance.randint(0, 59), chance.randint(0, 59), tzinfo=ZONE)
