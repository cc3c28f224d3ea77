"""What changed between two versions of a text, word by word, and nothing lost between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edms.drafting.comparing import Kind, changes

TEXTS = st.text(alphabet="აბგ \n,.xyz", max_size=60)


@given(TEXTS, TEXTS)
def test_the_whole_comparison_holds_both_texts(before: str, after: str) -> None:
    pieces = changes(before, after, whole=True)
    assert "".join(p.text for p in pieces if p.kind is not Kind.ADDED) == before
    assert "".join(p.text for p in pieces if p.kind is not Kind.REMOVED) == after


def test_a_changed_word_is_shown_as_removed_and_added() -> None:
    pieces = changes("გზა აპრილში შეკეთდება.", "გზა მაისში შეკეთდება.")
    assert [(p.kind, p.text) for p in pieces if p.kind is not Kind.SAME] == [
        (Kind.REMOVED, "აპრილში"),
        (Kind.ADDED, "მაისში"),
    ]


def test_long_unchanged_runs_are_left_out() -> None:
    same = " ".join(f"სიტყვა{n}" for n in range(300))
    pieces = changes(f"{same} ძველი {same}", f"{same} ახალი {same}")
    assert [p.kind for p in pieces].count(Kind.LEFT_OUT) == 2
    assert sum(len(p.text) for p in pieces) < len(same)


def test_equal_texts_have_no_changes() -> None:
    assert {p.kind for p in changes("ერთი ორი", "ერთი ორი")} == {Kind.SAME}
