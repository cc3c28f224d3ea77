"""The town's past year, lived through the services under an injected clock: several hundred letters in four languages.

Most are answered and filed, some are in progress, some overdue, some signed. Nothing is written around the services.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
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
from edms.routing.models import Assignment, Resolution, Submission
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


@dataclass(frozen=True)
class Came:
    """A letter as it was registered: its document, what it says, when."""

    document_id: int
    written: Written
    at: datetime


Fate = Callable[["Past", Came], None]
"""What becomes of a letter after its registration."""


@dataclass
class Past:
    """The making of the past: the house, the town, chance, and how progress is told.

    `fates` are of the last letters, counted from the newest (1); the rest have the usual one.
    """

    house: House
    town: Town
    chance: random.Random
    tell: Callable[[int, int], None]
    fates: Mapping[int, Fate] = field(default_factory=dict)
    days: int = DAYS
    scans: int = SCANS
    signed: int = SIGNED

    def live(self, until: date) -> int:
        """Live the days up to `until` (exclusive), in order, as numbers are drawn in it; how many letters came."""
        days = [day for day in _working_days(until, self.days) for _ in range(1 + (self.chance.random() < PER_DAY - 1))]
        first_scan = len(days) - self.scans * 2
        answered = set(self.chance.sample(range(max(0, len(days) - 90), len(days) - 35), self.signed))
        at = time_of(days[0], 8, self.chance)
        for count, day in enumerate(days):
            at = max(time_of(day, 9, self.chance), at + timedelta(minutes=1))  # numbers are drawn in order of time
            scanned = count >= first_scan and count % 2 == 0
            came = self.register(letters.write(self.chance), at, scanned=scanned)
            fate = self.fates.get(len(days) - count)
            if fate is not None:
                fate(self, came)
            else:
                self._usual(came, (until - day).days, signed=count in answered)
            self.tell(count + 1, len(days))
        return len(days)

    def actor(self, session: Session, login: str) -> Actor:
        """What somebody may do at this moment."""
        return actor_for(session, self.town.people[login], stepped_up=True)

    def _usual(self, came: Came, age: int, *, signed: bool) -> None:
        """Resolved two hours later; answered in writing, or done and filed, or still in work."""
        leader = self.chance.choice(("davit", "davit", "tamar"))
        people = EXECUTORS[came.written.subject.unit]
        given = self.resolve(came, leader, people[: self.chance.randint(1, len(people))])
        if self.chance.random() < 0.25:
            with clock.at(came.at + timedelta(hours=3)):
                self.control(came, leader)
        if signed:
            answers.answer(self, came, given)
        elif age > 75 or (age > 30 and self.chance.random() < 0.93) or (age > 6 and self.chance.random() < 0.4):
            self.finish(came, given, file=age > 60)

    def register(self, written: Written, at: datetime, *, scanned: bool) -> Came:
        """The letter comes and is registered."""
        subject, town = written.subject, self.town
        made = scanner.scan(written.text, subject.language, self.chance) if scanned else scanner.word_file(written.text)
        name = f"{written.summary[:60]}.{'pdf' if scanned else 'docx'}"
        stored = self.house.store.put(io.BytesIO(made), limit=len(made))
        with clock.at(at), self.house.transaction() as session:
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
            document = registration.register(session, actor, book, card, idempotency_key=key, arrival=arrival)
            return Came(document.document_id, written, at)

    def lay_before(self, came: Came, leader: str) -> int:
        """Submit the letter to a leader an hour later; the submission's id."""
        with clock.at(came.at + timedelta(hours=1)), self.house.transaction() as session:
            document = session.get_one(Document, came.document_id)
            official = self.town.people[leader].official_id
            laid = submission.submit(
                session, self.actor(session, "nino"), document, official=official, not_before=clock.now()
            )
            session.flush()
            return laid.submission_id

    def resolve(self, came: Came, leader: str, people: Sequence[str], *, due_on: date | None = None) -> int:
        """The leader's resolution another hour later: the first named is responsible; its id."""
        before = self.lay_before(came, leader)
        with clock.at(came.at + timedelta(hours=2)), self.house.transaction() as session:
            given = resolution.issue(
                session, self.actor(session, leader), session.get_one(Submission, before),
                text=self.chance.choice(TEXTS),
                executors=[Executor(self.town.people[login].official_id) for login in people],
                due_on=due_on,
                not_before=clock.now(),
            )  # fmt: skip
            session.flush()
            return given.resolution_id

    def control(self, came: Came, leader: str) -> None:
        """The leader puts the letter on control."""
        with self.house.transaction() as session:
            control.put(session, self.actor(session, leader), session.get_one(Document, came.document_id))

    def finish(self, came: Came, resolution_id: int, *, file: bool) -> None:
        """Reported and accepted some days later, taken off control, and where wanted put into its case."""
        done_at = came.at + timedelta(days=self.chance.randint(2, 12), hours=1)
        if done_at > clock.now():
            return
        with clock.at(done_at), self.house.transaction() as session:
            row = session.get_one(Resolution, resolution_id)
            for assignment in row.assignments:
                self.report(session, assignment, row.author_id, self.chance.choice(DONE))
        with clock.at(done_at + timedelta(hours=2)), self.house.transaction() as session:
            document = session.get_one(Document, came.document_id)
            self.off_control(session, document)
            if file:
                file_document(session, self.actor(session, "eka"), document, case_index=came.written.subject.case)

    def off_control(self, session: Session, document: Document) -> None:
        """The controller takes it off, on the mayor's word, where it stands there."""
        if document.on_control:
            control.remove(
                session, self.actor(session, "ketevan"), document,
                instructed_by=self.town.people["davit"].official_id, reason="შესრულებულია", notified="ზეპირად",
            )  # fmt: skip

    def report(
        self, session: Session, assignment: Assignment, author_id: int, text: str, reply_id: int | None = None
    ) -> None:
        """One executor reports and the author accepts."""
        login = next(name for name, who in self.town.people.items() if who.official_id == assignment.official_id)
        author = next(name for name, who in self.town.people.items() if who.official_id == author_id)
        made = execution.report(session, self.actor(session, login), assignment, text=text, reply_document_id=reply_id)
        session.flush()
        execution.accept(session, self.actor(session, author), made)


def _working_days(until: date, days: int) -> Iterator[date]:
    for back in range(days, 0, -1):
        day = until - timedelta(days=back)
        if day.weekday() < 5:
            yield day


def time_of(day: date, hour: int, chance: random.Random) -> datetime:
    """An instant of that hour, by chance."""
    return datetime(day.year, day.month, day.day, hour, chance.randint(0, 59), chance.randint(0, 59), tzinfo=ZONE)
