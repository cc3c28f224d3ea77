"""The list of case indexes as forms and tables: columns in any of our languages, retention classes by name or in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from pydantic import BaseModel

from edms import words
from edms.filing.lines import IndexLine
from edms.filing.models import CaseIndex
from edms.retention import schedule
from edms.web.kit import Filled, language, t
from edms.web.kit.forms import OneLine, Paragraphs

COLUMNS = ("index", "title_ka", "title_hy", "title_en", "retention_class", "article", "unit", "carry_over", "note")


class Line(BaseModel):
    """One line of the list."""

    index: OneLine = ""
    title_ka: OneLine | None = None
    title_hy: OneLine | None = None
    title_en: OneLine | None = None
    retention_class: OneLine = ""
    article: OneLine | None = None
    unit: OneLine | None = None
    carry_over: bool = False
    note: Paragraphs | None = None
    version: int = 0

    def as_line(self) -> IndexLine:
        """For the list."""
        titles = {"ka": self.title_ka, "hy": self.title_hy, "en": self.title_en}
        return IndexLine(
            index=self.index,
            titles={name: text for name, text in titles.items() if text},
            retention_class=self.retention_class,
            article=self.article,
            unit_index=self.unit,
            carry_over=self.carry_over,
            note=self.note,
        )


def filled(line: CaseIndex, unit_index: str) -> Filled:
    """A line as it stands."""
    titles = {f"title_{name}": line.titles.get(name) for name in ("ka", "hy", "en")}
    return Filled.of(
        index=line.index, retention_class=line.retention_class, article=line.article, unit=unit_index,
        carry_over=line.carry_over, note=line.note, version=line.version, **titles,
    )  # fmt: skip


def classes(country: str) -> list[tuple[str, str]]:
    """The retention classes as choices, in words with their years."""
    rows = []
    for line in schedule(country):
        years = t("plan.years", n=line.years) if line.years is not None else t("plan.for_ever")
        rows.append((line.name, f"{t(f'retention.class.{line.name}')} · {years}"))
    return rows


def understood(rows: Iterable[Mapping[str, str]], country: str) -> list[dict[str, str]]:
    """The rows with our own names of columns, and classes that were written in words by their names."""
    names, known = _columns(), _classes(country)
    made = []
    for row in rows:
        plain = {names.get(column, column): cell for column, cell in row.items()}
        written = plain.get("retention_class", "").strip()
        made.append({**plain, "retention_class": known.get(written.lower(), written)})
    return made


@cache
def _columns() -> dict[str, str]:
    """What a heading may be called: by its word in each language, to our name of it."""
    said = {words.say(lang, f"plan.column.{name}").lower(): name for name in COLUMNS for lang in words.LANGS}
    return {**said, "title": "title_ka"}


@cache
def _classes(country: str) -> dict[str, str]:
    said = {
        words.say(lang, f"retention.class.{line.name}").lower(): line.name
        for line in schedule(country)
        for lang in words.LANGS
    }
    return said | {line.name: line.name for line in schedule(country)}


def table_row(line: CaseIndex, unit_index: str) -> list[str]:
    """A line as a row of the table that can be loaded again."""
    return [
        line.index,
        *(str(line.titles.get(name, "")) for name in ("ka", "hy", "en")),
        words.say(language(), f"retention.class.{line.retention_class}")
        if words.known(f"retention.class.{line.retention_class}") else line.retention_class,
        line.article or "",
        unit_index,
        "+" if line.carry_over else "",
        line.note or "",
    ]  # fmt: skip
