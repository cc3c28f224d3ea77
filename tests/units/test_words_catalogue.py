"""The catalogues: what they say, how plurals are chosen, and what the completeness check catches."""

from __future__ import annotations

import pytest

from edms.errors import Conflict, Invalid, NotFound
from edms.words import LANGS, MissingText, explain, initials, known, say
from edms.words.catalogue import entries_of, load, render
from edms.words.completeness import faults


def test_no_catalogue_has_a_fault() -> None:
    assert len(load()) > 500
    assert faults() == []


def test_every_language_says_the_message() -> None:
    said = {lang: say(lang, "error.not_found") for lang in LANGS}
    assert len(set(said.values())) == 4
    assert "უფლება" in said["ka"] and "իրավունք" in said["hy"]


def test_russian_falls_back_to_english() -> None:
    entry = {"en": "Hello {name}", "ka": "გამარჯობა {name}", "hy": "Բարև {name}"}
    assert render("ru", "x.hello", entry, {"name": "ნინო"}) == "Hello ნინო"


def test_unknown_id_is_a_warning_and_stays_visible() -> None:
    with pytest.warns(MissingText, match="nowhere"):
        assert say("ka", "nowhere.said") == "nowhere.said"
    assert not known("nowhere.said")


def test_missing_value_is_a_warning() -> None:
    with pytest.warns(MissingText, match="time"):
        assert say("en", "time.today_at") == "time.today_at"


@pytest.mark.parametrize(
    ("lang", "n", "expected"),
    [
        ("en", 1, "1 working day left"),
        ("en", 2, "2 working days left"),
        ("en", 0, "0 working days left"),
        ("ru", 1, "остался 1 рабочий день"),
        ("ru", 3, "осталось 3 рабочих дня"),
        ("ru", 5, "осталось 5 рабочих дней"),
        ("ru", 11, "осталось 11 рабочих дней"),
        ("ru", 21, "остался 21 рабочий день"),
        ("ka", 7, "დარჩა 7 სამუშაო დღე"),
        ("hy", 1, "մնաց 1 աշխատանքային օր"),
    ],
)
def test_plurals_follow_each_language(lang: str, n: int, expected: str) -> None:
    assert say(lang, "terms.left.wd", n=n) == expected


def test_large_counts_are_grouped() -> None:
    assert say("en", "terms.left.wd", n=12345) == "12,345 working days left"


def test_quoted_and_unquoted_sections_read_alike() -> None:
    text = {"en": "a", "ka": "ა", "hy": "ա"}
    assert entries_of({"x.y": text}) == entries_of({"x": {"y": text}}) == {"x.y": text}
    with pytest.raises(ValueError, match="sections"):
        entries_of({"x": "loose text"})


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ({"en": "Open", "ka": "გახსნა"}, "no text in hy"),
        ({"en": "Open {x}", "ka": "გახსნა", "hy": "Բացել {x}"}, "ka: placeholders differ"),
        ({"en": "Open", "ka": "ᲒᲐᲮᲡᲜᲐ", "hy": "Բացել"}, "ka: in capitals"),
        ({"en": "PLEASE open", "ka": "გახსნა", "hy": "Բացել"}, "en: in capitals"),
        ({"en": "Open", "ka": "Բացել", "hy": "Բացել"}, "ka: letters of another script"),
        ({"en": "It ended.", "ka": "დასრულდა.", "hy": "Ավարտվեց."}, "hy: an Armenian sentence"),
        ({"en": "A resolution", "ka": "რეზოლუცია", "hy": "Բանաձև"}, "hy: the glossary says մակագր"),
        ({"en": {"one": "a", "other": "b"}, "ka": "ა", "hy": {"one": "ա"}}, "hy: plural forms"),
        ({"en": "{a.b}", "ka": "{a.b}", "hy": "{a.b}"}, "a placeholder is a plain name"),
        ({"en": "Open", "ka": " ", "hy": "Բացել"}, "ka: empty"),
    ],
)
def test_a_faulty_entry_is_named(entry: dict[str, object], fault: str) -> None:
    assert any(fault in line for line in faults({"x.y": entry}))  # type: ignore[dict-item]


def test_an_error_is_explained_with_its_fields() -> None:
    error = Invalid(fields={"received_on": "field.not_a_date", "summary": "field.too_long"}, max_length=500)
    problem = explain("ka", error)
    assert problem.text == say("ka", "error.invalid")
    assert problem.fields["received_on"] == say("ka", "field.not_a_date")
    assert "500" in problem.fields["summary"]


def test_sentences_of_outside_libraries_pass_as_they_are() -> None:
    assert (
        explain("en", Invalid(fields={"EDMS_LISTEN": "Input should be a string"}))
        .fields["EDMS_LISTEN"]
        .startswith("Input")
    )


@pytest.mark.parametrize("family", [NotFound, Conflict, Invalid])
def test_every_family_has_words_of_its_own(family: type[NotFound]) -> None:
    assert explain("hy", family()).text != family.default


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("ნინო ბერიძე", "ნბ"), ("Անի Վարդանյան", "ԱՎ"), ("Anne-Marie van der Berg", "AB"), ("მერი", "მ"), ("", ""),
        ("ნინო ბერიძე, მერის ნაცვლად", "ნბ"), ("12 / 7", ""), ("Օ'Նիլ  Ջոն", "ՕՋ"),
    ],
)  # fmt: skip
def test_the_mark_of_a_person_is_of_her_own_letters(name: str, mark: str) -> None:
    assert initials(name) == mark
