"""A year long past: two cases of letters for information, filed and closed then, and are due for destruction now."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.demo import letters
from edms.demo.past import Past, time_of
from edms.filing import case_files
from edms.registry.models import Document

AGO = 6  # years: the cases' class is kept five
CASES = ("01-03", "12-08")
LETTERS = 3  # kinds of them, each twice


@dataclass
class Then(Past):
    """The same people, who had the same work then: rights are never granted for days that are over."""

    now: datetime = field(default_factory=clock.now)

    def actor(self, session: Session, login: str) -> Actor:
        """What somebody may do now."""
        with clock.at(self.now):
            return super().actor(session, login)


def live(past: Past, today: date) -> None:
    """Live November of that year, and the January in which its cases were closed."""
    year = today.year - AGO
    then = Then(**{f.name: getattr(past, f.name) for f in fields(past)} | {"chance": random.Random(year)})
    at = time_of(date(year, 11, 2), 9, then.chance)
    for subject in [s for s in letters.SUBJECTS if s.case in CASES][:LETTERS] * 2:
        at += timedelta(hours=3)
        came = then.register(letters.letter(subject, then.chance), at, scanned=False)
        with clock.at(at + timedelta(days=3)), past.house.transaction() as session:
            document = session.get_one(Document, came.document_id)
            case_files.file_document(session, then.actor(session, "eka"), document, case_index=subject.case)
    with clock.at(time_of(date(year + 1, 1, 12), 10, then.chance)), past.house.transaction() as session:
        case_files.close_year(session, then.actor(session, "eka"), past.town.kvemo, year=year)
