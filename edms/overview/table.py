"""A list as a table to take away: its heading, its columns, its rows one after another, and what the history is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

Cell = str | int | date | None
Say = Callable[..., str]


@dataclass(frozen=True)
class Table:
    """`rows` are read once, piece by piece. `columns` are message ids with widths in characters.

    `told` writes into the history that so many lines were taken away, in which form. `whole` is how many lines there
    will be, where that is known beforehand.
    """

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Iterable[Sequence[Cell]]
    told: Callable[[int, str], None]
    whole: int | None = None
