"""A day is a civil day where the office is: nothing asks the machine or UTC which day it is, and no year is put on a day.

For four hours of every night it is tomorrow in Tbilisi and Yerevan while UTC still has today, and a day of February has
no fellow in most years: what is written so is wrong on some days only, and no test of a Tuesday morning sees it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import edms

ROOT = Path(edms.__file__).parent.parent
UTC_NAMES = {"UTC", "Etc/UTC", "GMT", "Z"}
ASKS = {
    "edms/clock.py": "the one place that asks for the time",
    "benchmarks/report.py": "the day of a run is the machine's own",
}
# Where the day of an instant is taken as it stands, and why that is right.
DAYS = {
    "edms/clock.py": "after the zone was put on",
    "edms/archive/exporting.py": "after the zone was put on",
    "edms/archive/package/records.py": "a package is made in the office's civil time",
    "edms/demo/morning.py": "the demo's letters come in the town's own time",
    "edms/drafting/act.py": "a day that was written down",
    "benchmarks/report.py": "the day of a run is the machine's own",
}


def last(node: ast.expr) -> str:
    """The last name of what a call stands on: `dt.date.today` stands on date."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def faults(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What asks for a day or makes one wrongly: (line, kind)."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, on = node.func.attr, last(node.func.value)
        given = {keyword.arg for keyword in node.keywords}
        texts = {each.value for each in node.args if isinstance(each, ast.Constant)}
        if (name, on) in {("today", "date"), ("today", "datetime"), ("now", "datetime")} or name == "utcnow":
            yield node.lineno, "asks"
        elif name in ("today", "day_of") and texts & UTC_NAMES:
            yield node.lineno, "utc"
        elif name == "date" and not node.args and not node.keywords:
            chained = isinstance(node.func.value, ast.Call) and last(node.func.value.func) == "now"
            yield node.lineno, "utc" if chained else "day"
        elif name == "replace" and "year" in given and not {"month", "day"} <= given:
            yield node.lineno, "year"


def found(*folders: str) -> Iterator[tuple[str, int, str]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for line, kind in faults(ast.parse(path.read_text(encoding="utf-8"))):
                yield path.relative_to(ROOT).as_posix(), line, kind


def test_nobody_asks_for_a_day_but_where_the_office_is() -> None:
    everywhere = list(found("edms", "workers", "tests", "benchmarks"))
    assert [each for each in everywhere if each[2] == "asks" and each[0] not in ASKS] == []
    assert [each for each in everywhere if each[2] == "utc" and each[0] not in ASKS] == []
    assert {each[0] for each in everywhere if each[2] == "asks"} == set(ASKS)  # none is excused for nothing


def test_no_instant_gives_its_day_before_a_zone_was_put_on_it() -> None:
    taken = {path for path, _, kind in found("edms", "workers", "benchmarks") if kind == "day"}
    named = {path for path, _, kind in found("benchmarks") if kind == "utc"}
    assert taken | named == set(DAYS)


def test_no_year_is_put_on_a_day() -> None:
    """On 29 February no other year takes it. In tests the day is fixed, and is none."""
    assert [each for each in found("edms", "workers", "benchmarks") if each[2] == "year"] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("date.today()", "asks"),
        ("dt.date.today()", "asks"),
        ("datetime.now(UTC)", "asks"),
        ("dt.datetime.utcnow()", "asks"),
        ("clock.today('UTC')", "utc"),
        ("clock.day_of(at, 'UTC')", "utc"),
        ("clock.now().date()", "utc"),
        ("row.registered_at.date()", "day"),
        ("now.replace(year=1970)", "year"),
        ("clock.today(office.time_zone)", None),
        ("clock.day_of(at, 'Asia/Tbilisi')", None),
        ("clock.now()", None),
        ("at.replace(year=2026, month=2, day=1)", None),
        ("today.replace(day=1)", None),
    ],
)
def test_what_is_looked_for(text: str, kind: str | None) -> None:
    assert [each for _, each in faults(ast.parse(text))] == ([kind] if kind else [])
