"""What must not matter when words are compared, and what must."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edms.language import language_of, normalise
from edms.language.armenian import stem as armenian_stem
from edms.language.stems import stem


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Երևան", "երեվան"),
        ("Երեւան", "երեվան"),
        ("ԵՐԵՎԱՆ", "երեվան"),
        ("ի՞նչ", "ինչ"),
        ("ո՛չ", "ոչ"),
        ("Ёлка", "елка"),
        ("край", "край"),
        ("кра\u0438\u0306", "край"),
        ("за\u0301мок", "замок"),
        ("გან\u00adცხა\u200dდება", "განცხადება"),
        ("ﬁnal", "final"),
        ("ＡＢＣ", "abc"),
        ("Café", "cafe"),
        ("Зaявлeние", "заявление"),  # Latin a and e, as an eye or an engine reads them
        ("Pаris", "paris"),  # Cyrillic а
        ("k’argi", "k'argi"),
    ],
)
def test_spellings_of_one_word_have_one_normal_form(written: str, normal: str) -> None:
    assert normalise(written) == normal


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


ARMENIAN = [
    ["դիմում", "դիմումի", "դիմումներ", "դիմումների", "դիմումից", "դիմումը"],
    ["որոշում", "որոշման", "որոշմամբ", "որոշումների"],
    [
        "հայտարարություն",
        "հայտարարության",
        "հայտարարությամբ",
        "հայտարարություններից",
        "հայտարարութիւն",
    ],
    ["քաղաքապետարան", "քաղաքապետարանի", "քաղաքապետարանին", "քաղաքապետարանում"],
    ["համայնք", "համայնքի", "համայնքում", "համայնքներից"],
    ["քաղաքացի", "քաղաքացու", "քաղաքացիներ", "քաղաքացիների"],
    ["երեվան", "երեվանի", "երեվանում", "երեվանից"],
    ["տարի", "տարվա", "տարիներ"],
]


@pytest.mark.parametrize("forms", ARMENIAN, ids=lambda forms: forms[0])
def test_armenian_nouns_meet_in_all_their_cases(forms: list[str]) -> None:
    assert len({armenian_stem(form) for form in forms}) == 1


def test_an_armenian_order_is_no_noun_of_action() -> None:
    assert armenian_stem("հրաման") != armenian_stem("հրաում")


def test_russian_and_english_are_stemmed() -> None:
    assert stem("заявлениями", "ru") == stem("заявление", "ru")
    assert stem("applications", "en") == stem("application", "en")
    assert stem("日本語", None) == "日本語"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("განცხადება №5", "ka"),
        ("გთხოვთ, მოგვაწოდოთ დოკუმენტი PDF, e-mail: office@example.org", "ka"),
        ("ԴԻՄՈՒՄ", "hy"),
        ("Заявление", "ru"),
        ("Application", "en"),
        ("12-05/417", None),
        ("", None),
    ],
)
def test_the_language_is_told_by_the_script(text: str, language: str | None) -> None:
    assert language_of(text) == language
