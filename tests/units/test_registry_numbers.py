"""Registration numbers from parts: what an empty part takes away with it."""

from __future__ import annotations

import pytest

from edms.registry.numbers import NumberFacts, render

CASE = [{"part": "case"}, {"part": "text", "text": "/"}, {"part": "serial"}]
LAST = [{"part": "serial"}, {"part": "text", "text": "/"}, {"part": "case"}]
PREFIXED = [{"part": "text", "text": "A-"}, {"part": "serial"}]
YEARLY = [
    {"part": "unit"}, {"part": "text", "text": "-"}, {"part": "year", "digits": 2}, {"part": "text", "text": "/"},
    {"part": "serial", "width": 4},
]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "full", "bare"),
    [
        (CASE, "12-05/417", "417"),
        (LAST, "417/12-05", "417"),
        (PREFIXED, "A-417", "A-417"),
        (YEARLY, "12-26/0417", "26/0417"),
    ],
)
def test_no_separator_stands_where_nothing_is_separated(pattern, full, bare) -> None:
    assert render(pattern, NumberFacts(417, 2026, unit="12", case="12-05")) == full
    assert render(pattern, NumberFacts(417, 2026)) == bare
