"""The triggers by which the monthly sums of letters (`letter_sum`) follow the letters that are in them.

A letter enters the sums by a round, the night after its registration, and is then `summed`: registering costs nothing.
From there on every act that moves it between sums (correction, reassignment, another term, its end, its reopening) adds
rows that take away what it was and add what it is, in the act's own transaction and whatever program made it. Rows are
only added here, so that acts never wait for each other; a round folds them. Moving an organisation to another time zone
moves the days on which its letters ended: they are counted anew.
"""

from __future__ import annotations

COLUMNS = "organisation_id, month, kind, grade, unit_id, responsible_id, received, ended, in_term"
KEYS = "organisation_id, month, kind, grade, unit_id, responsible_id"
# What rows of letters (with a `sign`) add to the sums: each to the month it came in, and to the month it ended in.
COUNTED = """
SELECT d.organisation_id, side.month, d.kind, d.grade, d.unit_id, d.responsible_id, sum(d.sign * side.received) AS received,
  sum(d.sign * side.ended) AS ended, sum(d.sign * side.in_term) AS in_term
FROM ({letters}) AS d JOIN organisation AS o USING (organisation_id)
CROSS JOIN LATERAL (SELECT (d.over_at AT TIME ZONE o.time_zone)::date AS ended_on) AS day
CROSS JOIN LATERAL (VALUES (date_trunc('month', d.registered_on)::date, 1, 0, 0), (date_trunc('month', ended_on)::date,
  0, 1, CASE WHEN d.due_on IS NULL OR ended_on <= d.due_on THEN 1 ELSE 0 END)) AS side (month, received, ended, in_term)
WHERE side.month IS NOT NULL
GROUP BY d.organisation_id, side.month, d.kind, d.grade, d.unit_id, d.responsible_id
HAVING sum(d.sign * side.received) <> 0 OR sum(d.sign * side.ended) <> 0 OR sum(d.sign * side.in_term) <> 0"""
_OF = ("organisation_id", "kind", "grade", "unit_id", "responsible_id", "registered_on", "over_at", "due_on")
LETTER = ", ".join(_OF)


def _one(row: str, sign: int) -> str:
    return f"SELECT {sign} AS sign, " + ", ".join(f"{row}.{name} AS {name}" for name in _OF)


def _function(name: str, letters: str, before: str = "") -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {before}"
        f" INSERT INTO letter_sum ({COLUMNS}) {COUNTED.format(letters=letters)}; RETURN NULL; END $$"
    )


_MOVED = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _OF)
_ALL = f"SELECT 1 AS sign, {LETTER} FROM document WHERE organisation_id = NEW.organisation_id AND summed"  # noqa: S608

FOLLOW = (
    _function("letter_moved", f"{_one('OLD', -1)} UNION ALL {_one('NEW', 1)}"),
    _function("letter_gone", _one("OLD", -1)),
    _function("zone_moved", _ALL, "DELETE FROM letter_sum WHERE organisation_id = NEW.organisation_id;"),
    f"CREATE TRIGGER letter_moved AFTER UPDATE OF {LETTER} ON document FOR EACH ROW"
    f" WHEN (OLD.summed AND ({_MOVED})) EXECUTE FUNCTION letter_moved()",
    "CREATE TRIGGER letter_gone AFTER DELETE ON document FOR EACH ROW WHEN (OLD.summed) EXECUTE FUNCTION letter_gone()",
    "CREATE TRIGGER zone_moved AFTER UPDATE OF time_zone ON organisation FOR EACH ROW"
    " WHEN (OLD.time_zone <> NEW.time_zone) EXECUTE FUNCTION zone_moved()",
)
FORGET = (
    "DROP TRIGGER letter_moved ON document",
    "DROP TRIGGER letter_gone ON document",
    "DROP TRIGGER zone_moved ON organisation",
    *(f"DROP FUNCTION {name}()" for name in ("letter_moved", "letter_gone", "zone_moved")),
)
