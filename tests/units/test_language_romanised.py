"""Names as passports write them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edms.language.romanised import romanised


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("მაისურაძე", "maisuradze"), ("ჭყონია", "chqonia"), ("ღონღაძე", "ghonghadze"), ("Հակոբյան", "hakobyan"),
        ("Խաչատուրյան", "khachaturyan"), ("Щукин", "shchukin"), ("Наталья", "natalia"), ("Müller-Éluard", "muller-eluard"),
    ],
)  # fmt: skip
def test_names_are_spelled_as_in_passports(name: str, latin: str) -> None:
    assert romanised(name) == latin


@given(st.text(max_size=60))
@example("𝓐")
def test_any_text_becomes_ascii_once_and_for_all(text: str) -> None:
    assert romanised(text).isascii()
    assert romanised(romanised(text)) == romanised(text)
