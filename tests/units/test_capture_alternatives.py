"""What words read in doubt may be: pure."""

from __future__ import annotations

import pytest

from edms.capture import doubts
from edms.capture.doubts import KNOWN, alternatives


def word(text: str, sure: float = 40) -> list[object]:
    return [text, 0.1, 0.1, 0.2, 0.02, sure]


@pytest.mark.parametrize(
    ("language", "seen", "meant"),
    [
        ("ka", "პერეთი", "ჰერეთი"), ("ka", "ჩეკეთება", "შეკეთება"), ("hy", "ժամանակև", "ժամանակեւ"), ("hy", "եւ", "և"),
        ("en", "2O24/I7", "2024/17"), ("ru", "N2О2З", "N2023"),
    ],
)  # fmt: skip
def test_word_in_doubt_may_be_what_looks_like_it(language: str, seen: str, meant: str) -> None:
    assert meant in alternatives([word(seen)], KNOWN.get(language, {})).split()


@pytest.mark.parametrize(
    ("seen", "meant"),
    [
        ("Ըակոբյան", "Հակոբյան"), ("ճամայնքի", "համայնքի"), ("ղրամական", "դրամական"), ("կեքված", "կնքված"),
        ("լուսավորությունըը", "լուսավորությունը"), ("չունեմը", "չունեմ"), ("ճամարը", "համար"),
    ],
)  # fmt: skip
def test_armenian_word_may_be_without_its_full_stop_and_with_other_letters(seen: str, meant: str) -> None:
    assert meant in alternatives([word(seen, 91)], KNOWN["hy"], "hy").split()
    assert alternatives([word(seen, 93)], KNOWN["hy"], "hy") == ""


def test_only_armenian_full_stops_are_read_as_letters() -> None:
    assert alternatives([word("წერილი")], {}, "ka") == ""


def test_word_that_was_read_surely_is_nothing_else() -> None:
    assert alternatives([word("პერეთი", doubts.DOUBT), word("2O24", 99)], KNOWN["ka"]) == ""


def test_letters_are_no_figures_where_no_figure_stands() -> None:
    assert alternatives([word("Ilo")], {}) == ""
