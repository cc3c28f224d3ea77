"""Leaves: one way to write them, and nothing of the facts to be seen in them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms.ledger import leaves

AT = datetime(2026, 11, 24, 4, 27, 44, 123456, tzinfo=UTC)


class Grade(StrEnum):
    OPEN = "open"


def test_a_leaf_is_canonical_json_without_its_facts() -> None:
    facts = {"number": "12/01-02", "sender": "ნინო ბერიძე"}
    leaf = leaves.leaf_bytes(act="document:registered", organisation_id=7, at=AT, salt=b"s" * 16, facts=facts)
    commitment = leaves.commitment(b"s" * 16, facts)
    assert leaf == (
        b'{"act":"document:registered","at":"2026-11-24T04:27:44.123Z","commitment":"'
        + commitment.encode()
        + b'","org":7,"v":1}'
    )


def test_the_commitment_depends_on_salt_and_facts() -> None:
    facts: dict[str, Any] = {"n": 1}
    given_ = leaves.commitment(b"a" * 16, facts)
    assert given_ != leaves.commitment(b"b" * 16, facts)
    assert given_ != leaves.commitment(b"a" * 16, {"n": 2})
    assert given_ != leaves.commitment(b"a" * 16, {"n": True})


def test_facts_become_json_values() -> None:
    told = leaves.plain(
        {
            "on": date(2025, 5, 2),
            "at": AT.astimezone(timezone(timedelta(hours=4))),
            "sha256": b"\x01\xff",
            "grade": Grade.OPEN,
            "people": (1, None),
            "marks": {"b", "a"},
        }
    )
    assert told == {
        "on": "2025-05-02",
        "at": "2026-11-24T04:27:44.123Z",
        "sha256": "01ff",
        "grade": "open",
        "people": [1, None],
        "marks": ["a", "b"],
    }
    assert type(told["grade"]) is str


@pytest.mark.parametrize("value", [1.5, object(), {1: "one"}, [b"", {"x": 2.0}]])
def test_what_has_no_single_way_of_writing_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        leaves.plain(value)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        leaves.instant(datetime(2026, 1, 1))  # noqa: DTZ001


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=4))
def test_writing_does_not_depend_on_the_order_of_keys(facts: dict[str, Any]) -> None:
    turned = dict(reversed(list(facts.items())))
    assert leaves.canonical(leaves.plain(facts)) == leaves.canonical(leaves.plain(turned))
