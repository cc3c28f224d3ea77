"""The monthly sums of letters: who enters them, how their parts are folded, and whether they still tell the truth.

A figure over ten years adds up some thousand rows here instead of a million letters. Nothing has to remember to keep
them: letters enter by the round, the database's own triggers follow them afterwards (`edms.db.migrations.sums`), and
what has not entered yet is counted beside them. `differences` counts some months letter by letter and compares.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.scope import actor_tokens
from edms.db.migrations.sums import COLUMNS, COUNTED, KEYS, LETTER
from edms.registry.words import Grade
from edms.reports.models import LetterSum

BATCH = 20_000

_ENTER = text(
    f"WITH due AS (SELECT d.document_id FROM document AS d JOIN organisation AS o USING (organisation_id)"  # noqa: S608
    f" WHERE NOT d.summed AND d.registered_on < (CAST(:now AS timestamptz) AT TIME ZONE o.time_zone)::date"
    f" LIMIT :most FOR UPDATE OF d SKIP LOCKED),"
    f" entered AS (UPDATE document AS d SET summed = true FROM due WHERE d.document_id = due.document_id"
    f"  RETURNING 1 AS sign, {', '.join(f'd.{name}' for name in LETTER.split(', '))}),"
    f" parts AS (INSERT INTO letter_sum ({COLUMNS}) {COUNTED.format(letters='SELECT * FROM entered')})"
    f" SELECT count(*) FROM entered"
)
_FOLD = text(
    f"WITH parted AS (SELECT organisation_id, month FROM letter_sum GROUP BY organisation_id, month"  # noqa: S608
    f"  HAVING count(*) > count(DISTINCT (kind, grade, unit_id, responsible_id))),"
    f" gone AS (DELETE FROM letter_sum USING parted WHERE letter_sum.organisation_id = parted.organisation_id"
    f"  AND letter_sum.month = parted.month RETURNING letter_sum.*)"
    f" INSERT INTO letter_sum ({COLUMNS}) SELECT {KEYS}, sum(received), sum(ended), sum(in_term) FROM gone"
    f" GROUP BY {KEYS} HAVING sum(received) <> 0 OR sum(ended) <> 0 OR sum(in_term) <> 0"
)
# One statement, so one moment: an act that is being done counts on both sides or on neither.
_NEAR = f"""
SELECT 1 AS sign, {", ".join(f"d.{name}" for name in LETTER.split(", "))} FROM document AS d
WHERE d.organisation_id = :organisation_id AND d.summed AND (d.registered_on >= :first AND d.registered_on < :until
  OR d.over_at >= :first - interval '1 day' AND d.over_at < :until + interval '1 day')"""  # noqa: S608
_WRONG = f"""
SELECT {KEYS}, sum(received) AS received, sum(ended) AS ended, sum(in_term) AS in_term FROM (
  SELECT {COLUMNS} FROM ({COUNTED.format(letters=_NEAR)}) AS direct
  UNION ALL SELECT {KEYS}, -received, -ended, -in_term FROM letter_sum WHERE organisation_id = :organisation_id)
WHERE month >= :first AND month < :until GROUP BY {KEYS}
HAVING sum(received) <> 0 OR sum(ended) <> 0 OR sum(in_term) <> 0"""  # noqa: S608
_DIFFER = text(_WRONG).bindparams(bindparam("first", type_=Date), bindparam("until", type_=Date))
_MEND = text(f"INSERT INTO letter_sum ({COLUMNS}) {_WRONG}").bindparams(*_DIFFER._bindparams.values())


def enter(session: Session, *, most: int = BATCH) -> int:
    """Let letters of past days enter the sums, `most` at once; how many did. Those being changed now wait."""
    return int(session.execute(_ENTER, {"now": clock.now().isoformat(), "most": most}).scalar_one())


def fold(session: Session) -> None:
    """Make one row of the parts that add up to one sum."""
    session.execute(_FOLD)


def differences(session: Session, organisation_id: int, first: date, until: date) -> list[Any]:
    """What the months from `first` to before `until` (first days of months) say too little (or, negative, too much).

    Empty when sums and letters agree. A row has month, kind, grade, unit_id, responsible_id and the three numbers.
    """
    return list(session.execute(_DIFFER, {"organisation_id": organisation_id, "first": first, "until": until}))


def mend(session: Session, organisation_id: int, first: date, until: date) -> int:
    """Add what is missing in those months; how many sums were wrong."""
    made = session.execute(_MEND, {"organisation_id": organisation_id, "first": first, "until": until})
    return int(made.rowcount)  # type: ignore[attr-defined]


def to_check(session: Session, organisation_id: int) -> list[date]:
    """Months to count anew now: the last two of which there are sums, and any other."""
    found = select(LetterSum.month).where(LetterSum.organisation_id == organisation_id).distinct()
    months = list(session.scalars(found.order_by(LetterSum.month)))
    return [*random.sample(months[:-2], min(1, len(months[:-2]))), *months[-2:]]


@dataclass(frozen=True)
class Seen:
    """What of an actor's letters the sums tell apart: whole grades, and units' letters that are not personal."""

    grades: tuple[Grade, ...]
    units: tuple[int, ...]
    others: tuple[str, ...]
    """Her tokens that lead to single letters beside those: these letters are counted one by one."""

    def within(self, grade: Any, unit_id: Any) -> ColumnElement[bool]:
        """The condition that a sum, or a letter, is among them."""
        of_units = and_(func.coalesce(unit_id, 0).in_(self.units), grade != Grade.PERSONAL)
        return or_(grade.in_(self.grades), of_units) if self.units else grade.in_(self.grades)

    @property
    def everything(self) -> bool:
        """Does she read every letter of her organisation?"""
        return set(self.grades) == set(Grade)


def seen_by(actor: Actor) -> Seen:
    """What the actor's reader tokens (`edms.access.scope`) lead to."""
    if actor.sights:
        return Seen((), (), ())  # the sums know neither registers nor days: every letter is counted by itself
    tokens = sorted(actor_tokens(actor))
    own = f"org:{actor.organisation_id}:"
    grades = tuple(Grade(token.removeprefix(own)) for token in tokens if token.startswith(own))
    units = tuple(int(token.removeprefix("unit:")) for token in tokens if token.startswith("unit:"))
    return Seen(grades, units, tuple(token for token in tokens if not token.startswith(("org:", "unit:"))))
