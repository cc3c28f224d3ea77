"""The lines and the foot of a journal in words: paper, workbook and programs show these same texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from edms import clock, ledger, words
from edms.drafting.paper.lists import CardLine
from edms.overview import changed
from edms.overview.on_registers import card_columns
from edms.reports.journal import Change, Entry, Kind, Tally
from edms.staff.models import Official


@dataclass(frozen=True)
class Line(CardLine):
    """A line as it is printed; `notes` are what is to be said of the number beside its card."""

    kind: Kind = Kind.LETTER
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Foot:
    """What the lines add up to, and where the ledger stood: `facts` are names and texts, `note` the checkpoint."""

    facts: list[tuple[str, str]]
    note: str


class Wording:
    """Makes lines of entries in one language; names of people are asked for once."""

    def __init__(self, session: Session, language: str, zone: str) -> None:
        self._session, self._speaks, self._zone = session, language, zone
        self._names: dict[int, str] = {}

    def line(self, entry: Entry) -> Line:
        """The entry as a line."""
        if entry.line is None:
            return Line(entry.number, entry.day, kind=entry.kind, notes=[self._of_number(entry), *self._older(entry)])
        card, holder = entry.line.document, entry.line.responsible
        notes = self._older(entry)
        if not entry.older and entry.day is not None and card.registered_on != entry.day:
            notes.append(self._say("journal.drawn_earlier", date=words.date(self._speaks, entry.day)))
        if entry.line.numbered_on is not None:
            notes.append(self._say("paper.by_hand", date=words.date(self._speaks, entry.line.numbered_on)))
        if entry.line.was:
            notes.append(self._say("moving.was", numbers=entry.line.was))
        if entry.line.by_hand:
            notes.append(self._say("by_hand.mark"))
        columns = card_columns(entry.line, self._speaks, self.name(holder.official_id) if holder else "")
        corrected = (self._corrected(change) for change in entry.changes)
        return Line(**{**columns, "number": entry.number}, kind=entry.kind, notes=[*notes, *corrected])

    def foot(self, tally: Tally) -> Foot:
        """The foot: read in the same moment as the lines."""
        sealed, size = ledger.latest(self._session), ledger.size(self._session)
        root = ledger.root_of(self._session, size).hex()
        counts = [
            (f"journal.count.{kind.value}", str(n)) for kind, n in tally.kinds.items() if n or kind in SAID_ALWAYS
        ]
        facts = [
            ("journal.first_and_last", f"{tally.first} – {tally.last}" if tally.first else "—"),
            ("journal.lines", str(tally.lines)), *counts, ("journal.count.older", str(tally.older)),
            ("journal.count.corrected", str(tally.corrected)), ("journal.fingerprint", tally.fingerprint or "—"),
            ("journal.ledger", self._say("journal.ledger_position", size=size, root=root)),
        ]  # fmt: skip
        return Foot([(self._say(name), text) for name, text in facts], sealed.note() if sealed is not None else "")

    def name(self, official_id: int | None) -> str:
        """Who it is; the service where nobody's hand was in it."""
        if official_id is None:
            return self._say("desk.the_service")
        if official_id not in self._names:
            found = self._session.get(Official, official_id)
            self._names[official_id] = found.name(self._speaks) if found is not None else "—"
        return self._names[official_id]

    def _of_number(self, entry: Entry) -> str:
        if entry.kind is Kind.CLOSED:
            return self._say("journal.closed")
        if entry.kind is Kind.MISSING:
            return self._say("journal.missing")
        values = {
            "reason": changed.reason(self._speaks, entry.reason),
            "name": self.name(entry.by),
            "at": self._at(entry.at),
        }
        return self._say(f"journal.{entry.kind.value}", **values)

    def _older(self, entry: Entry) -> list[str]:
        return [self._say("journal.older")] if entry.older else []

    def _corrected(self, change: Change) -> str:
        said = [changed.said(self._session, self._speaks, name, *values) for name, values in change.fields.items()]
        fields = "; ".join(f"{name}: {before} → {after}" for name, before, after in said)
        values = {"at": self._at(change.at), "name": self.name(change.by), "fields": fields, "reason": change.reason}
        return self._say("journal.corrected", **values)

    def _at(self, at: datetime | None) -> str:
        """The day and time, never "today": it is read years later."""
        if at is None:
            return "—"
        return f"{words.date(self._speaks, clock.day_of(at, self._zone))} {words.clock_time(at, self._zone)}"

    def _say(self, message: str, **values: object) -> str:
        return words.say(self._speaks, message, **values)


SAID_ALWAYS = (Kind.LETTER, Kind.VOID, Kind.RESERVED, Kind.MISSING)
