"""An older journal's columns by their names in any of our languages, and what its report says, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from edms import words
from edms.registry.older.journals import COLUMNS, Change, Gap, Report, Row


def understood(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The rows with our own names of columns."""
    names = _names()
    return [{names.get(column.strip().lower(), column): cell for column, cell in row.items()} for row in rows]


def told(report: Report, language: str) -> list[str]:
    """Every bad row, double, gap and day out of order as a sentence, in that order."""
    return [*bad_rows(report, language), *gaps(report, language), *others(report, language)]


def bad_rows(report: Report, language: str) -> list[str]:
    """Rows that are not taken, each with its reasons."""
    return [
        words.say(language, "old_journal.line", line=row.place, what="; ".join(faults(row, language)))
        for row in report.rows
        if row.change is Change.WRONG
    ]


def faults(row: Row, language: str) -> Iterator[str]:
    """What is wrong with a row: column and reason."""
    for column, message in row.faults.items():
        known = column if column in COLUMNS else "number"
        reason = words.say(language, message, line=row.twin or "", text=row.texts["number"])
        yield words.say(
            language, "old_journal.fault", column=words.say(language, f"old_journal.column.{known}"), reason=reason
        )


def gaps(report: Report, language: str) -> list[str]:
    """The missing serials, from and to."""
    return [_span("old_journal.gap", gap, language) for gap in report.gaps]


def others(report: Report, language: str) -> list[str]:
    """Days out of order, and numbers that the register would give once more."""
    said = [words.say(language, "old_journal.out_of_order", line=place) for place in report.out_of_order]
    return [_span("old_journal.overlap", report.overlap, language), *said] if report.overlap else said


def _span(message: str, gap: Gap, language: str) -> str:
    span = str(gap.first) if gap.first == gap.last else f"{gap.first}–{gap.last}"
    return words.say(language, message, year=str(gap.year), span=span)


@cache
def _names() -> dict[str, str]:
    called = {words.say(lang, f"old_journal.column.{name}").lower(): name for name in COLUMNS for lang in words.LANGS}
    return called | {name: name for name in COLUMNS}
