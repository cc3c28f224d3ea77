"""The citizen's tracking code: what the check character finds, in every place and for every symbol."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from edms.registry import tracking

codes = st.builds(
    lambda key, ident, issue: tracking.plain(tracking.code(key, ident, issue)) or "",
    st.binary(min_size=32, max_size=32), st.integers(1, 2**40), st.integers(1, 99),
)  # fmt: skip


@given(codes)
def test_every_single_wrong_symbol_is_found(code: str) -> None:
    for place in range(tracking.LENGTH):
        for other in tracking.ALPHABET:
            if other != code[place]:
                assert tracking.plain(code[:place] + other + code[place + 1 :]) is None, (place, other)


@given(codes)
def test_every_swap_of_two_symbols_and_every_wrong_twin_is_found(code: str) -> None:
    for a, b in combinations(range(tracking.LENGTH), 2):
        swapped = list(code)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        if code[a] != code[b]:
            assert tracking.plain("".join(swapped)) is None, (a, b)
        else:  # the same wrong symbol twice
            for other in set(tracking.ALPHABET) - {code[a]}:
                swapped[a] = swapped[b] = other
                assert tracking.plain("".join(swapped)) is None, (a, b, other)


@given(codes)
def test_what_is_misread_or_typed_small_with_spaces_is_read_as_meant(code: str) -> None:
    typed = code.replace("0", "O").replace("1", "l").replace("V", "u").lower()
    assert tracking.plain(f" {typed[:4]} {typed[4:]}".replace("l", "I")) == code
    assert tracking.plain(code[:-1]) is None and tracking.plain(code + "0") is None
