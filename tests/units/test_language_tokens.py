"""Tokens: places true to the text, numbers and their parts, dates, broken words; and any text at all."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms.language import Kind, analyse, highlights, lexemes_of, query_terms, snippet
from edms.language.numbers import names

LETTERS = st.text(
    alphabet="აბგცწებისთვიზმშლრნ-ԱաևեւвЁй ABcts'’՛\u00ad\n0123456789/.№\"*—",
    max_size=120,
)


def words(text: str) -> list[str]:
    return [token.exact for token in analyse(text)]


@given(st.one_of(st.text(max_size=200), LETTERS))
def test_every_token_is_a_slice_of_the_text(text: str) -> None:
    for token in analyse(text):
        assert 0 <= token.start < token.end <= len(text)
        assert text[token.start : token.end] == token.surface
        assert token.exact and all(lexemes_of(token))


@given(st.one_of(st.text(max_size=120), LETTERS), st.one_of(st.text(max_size=60), LETTERS))
def test_any_query_lights_only_what_is_there(text: str, asked: str) -> None:
    query = query_terms(asked)
    last = 0
    for start, end in highlights(text, query):
        assert last <= start < end <= len(text)
        last = end
    piece, spans = snippet(text, query, length=40)
    assert all(0 <= start < end <= len(piece) for start, end in spans)


@given(LETTERS)
def test_a_text_answers_the_query_for_each_of_its_words(text: str) -> None:
    for token in analyse(text):
        if token.kind is Kind.WORD and "\n" not in token.surface and '"' not in token.surface:
            assert highlights(token.surface, query_terms(token.surface)), token


def test_time_grows_with_length_only() -> None:
    for piece in (
        "a'",
        "ab-\n",
        "1-",
        "1/a-",
        "ბ\u00ad",
        "a" * 50 + " ",
        "«",
        "12 მაისი ",
        "a \t",
        "՛ա",
        "\u0301",
        "-",
    ):
        started = time.perf_counter()
        analyse(piece * (200_000 // len(piece)))
        assert time.perf_counter() - started < 5, repr(piece)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("№12-05/417", "417"),
        ("№12-05/417", "12-05"),
        ("№12-05/417", "12-05/417"),
        ("№12-05/417", "05/417"),
        ("№01-11/77", "77"),
        ("№12-05-2025", "2025"),
        ("№12–05/417", "12-05/417"),
        ("№5-ში", "5"),
        ("№5-ში", "№5"),
        ("2014-ის", "2014"),
        ("2014-ի", "2014"),
        ("5-го", "5"),
        ("12-05/417-ის", "12-05/417"),
        ("0417", "417"),
        ("2025წ.", "2025"),
        ("ბ39.39211234", "39211234"),
        ("ბ39.39211234", "ბ39.39211234"),
        ("№ 8-Ն", "8-Ն"),
        ("12\\417", "12/417"),
        ("GE29NB0000000101904917", "ge29nb0000000101904917"),
        ("12-05/417", "12-05/4*"),
        ("12.05.2025", "2025-05-12"),
        ("2025 წლის 12 მაისს", "12.05.2025"),
        ("12 მაისი, 2025", "12.05.25"),
        ("2025 թ. մայիսի 12", "12.05.2025"),
        ("2025 թվականի մայիսի 12-ին", "12.05.2025"),
        ("12 мая 2025 г.", "12.5.2025"),
        ("May 12, 2025", "12.05.2025"),
        ("3 სექტემბერი 2024", "03.09.2024"),
    ],
)
def test_a_number_or_day_is_found_by(written: str, asked: str) -> None:
    assert highlights(written, query_terms(asked))


@pytest.mark.parametrize(
    ("written", "asked"),
    [("8-Ն", "18-Ն"), ("12-05/417", "17"), ("7", "8-Ն"), ("8", "8-Ն")],
)
def test_other_numbers_are_not_found(written: str, asked: str) -> None:
    assert not highlights(written, query_terms(asked))


def test_a_number_answers_to_its_parts_and_runs() -> None:
    assert names("12-05/0417") == (
        "12-05/0417",
        "12-05",
        "12",
        "05/0417",
        "05",
        "0417",
        "417",
    )


def test_an_impossible_day_is_a_number() -> None:
    assert analyse("31.02.2025")[0].kind is Kind.NUMBER


def test_words_broken_at_a_line_end_are_found_whole_and_in_halves() -> None:
    text = "მშენებლო-\nბის ნებართვა და სოციალურ-\n ეკონომიკური"
    assert highlights(text, query_terms("მშენებლობა")) == [(0, 13)]
    assert highlights(text, query_terms("ეკონომიკური"))
    assert highlights(text, query_terms('"მშენებლობის ნებართვის"')) == [(0, 13), (14, 22)]


def test_an_ending_after_an_abbreviation_is_cut() -> None:
    assert words("სსიპ-ის NATO-ს სოციალურ-ეკონომიკური") == [
        "სსიპ",
        "nato",
        "სოციალურ",
        "ეკონომიკური",
    ]


def test_a_phrase_in_quotes_is_found_in_any_form_but_only_together() -> None:
    query = query_terms("„მშენებლობის ნებართვა“")
    assert highlights("მშენებლობის ნებართვის გაცემა", query) == [(0, 11), (12, 21)]
    assert not highlights("ნებართვა მშენებლობის", query)
    assert not highlights("მშენებლობის დიდი ნებართვა", query)


def test_one_word_in_quotes_is_that_form() -> None:
    query = query_terms('"დადგენილება"')
    assert highlights("დადგენილება", query)
    assert not highlights("დადგენილი", query) and not highlights("დადგენილების", query)


def test_a_star_finds_beginnings_in_any_typing() -> None:
    assert highlights("განცხადება", query_terms("განც*"))
    assert highlights("განცხადება", query_terms("gantskh*"))
    assert not highlights("განცდა", query_terms("განცხ*"))


def test_excluded_words_are_not_lit() -> None:
    query = query_terms("წერილი -უარი")
    assert highlights("უარი წერილზე", query) == [(5, 12)]
    assert len(query.excluded) == 1


def test_a_snippet_shows_the_hits_and_breaks_no_word() -> None:
    text = "სიტყვა " * 200 + "განცხადებაზე\nპასუხი " + "ბოლო " * 200
    piece, spans = snippet(text, query_terms("განცხადება პასუხი"), length=80)
    assert [piece[a:b] for a, b in spans] == ["განცხადებაზე", "პასუხი"]
    assert "\n" not in piece and not piece.startswith(" ")
