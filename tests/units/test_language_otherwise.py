"""What was typed otherwise than it is written: slips, other keyboards, old codes."""

from __future__ import annotations

import pytest

from edms.language import highlights, loosened, query_terms, retyped
from edms.language.near import words_like
from edms.language.old_letters import CODES, readable
from edms.language.stems import stem


@pytest.mark.parametrize(
    ("slip", "meant", "language"),
    [
        ("სახურვის", "სახურავი", "ka"), ("ნარცენების", "ნარჩენები", "ka"), ("დახმაერბა", "დახმარება", "ka"),
        ("ճանպարհի", "ճանապարհ", "hy"), ("ремот", "ремонт", "ru"), ("сабаки", "собака", "ru"), ("constuction", "construction", "en"),
    ],
)  # fmt: skip
def test_a_word_is_like_those_one_slip_away(slip: str, meant: str, language: str) -> None:
    assert "s" + stem(meant, language) in words_like(slip, language)
    looser = loosened(query_terms(slip))
    assert looser is not None
    assert highlights(f"x {meant} y", looser), "what was found is what is lit"
    assert not highlights(f"x {meant} y", query_terms(slip))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("canaparhi", "ճանապարհի"), ("tchanaparh", "ճանապարհներ"), ("vcarum", "վճարման"), ("vjarum", "վճարում"),
        ("texekank", "տեղեկանքի"), ("poxoc", "փողոցում"), ("pokhots", "փողոց"), ("jrmux", "ջրմուղի"), ("djrmugh", "ջրմուղ"),
        ("gyux", "գյուղի"), ("xoxovak", "խողովակների"), ("jhamanak", "ժամանակ"), ("phoghoc", "փողոց"), ("thught", "թուղթ"),
        ("entrutyun", "ընտրության"), ("@ntrutyun", "ընտրություն"), ("ntrutyun", "ընտրությունների"), ("wenq", "շենքի"),
        ("dzragir", "ծրագիր"), ("awxatanq", "աշխատանքի"),
    ],
)  # fmt: skip
def test_armenian_typed_by_looser_habits_comes_after_what_was_found(typed: str, written: str) -> None:
    looser = loosened(query_terms(typed))
    assert looser is not None
    assert highlights(f"x {written} x", looser)
    assert not highlights(f"x {written} x", query_terms(typed)), "so it is asked for only where little was found"


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("luysavorutyun", "լուսավորության"), ("veranorogumm", "վերանորոգման"), ("saxuravvis", "სახურავი"), ("gancxdaebis", "განცხადება"),
        ("zayavlneie", "заявления"), ("gantskhadebba", "განცხადებას"),
    ],
)  # fmt: skip
def test_a_slip_in_latin_typing_finds_the_native_word_in_any_form(slip: str, meant: str) -> None:
    looser = loosened(query_terms(slip))
    assert looser is not None
    assert highlights(f"x {meant} x", looser)
    assert not highlights(f"x {meant} x", query_terms(slip))


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("water", "ծառի"), ("where", "ვერ"), ("after", "ապրում"), ("water", "շատ"), ("mother", "մոտ"), ("pool", "փուլ"), ("tax", "թաղ"), ("the", "թե"), ("work", "շորեր"),
        ("text", "տեղ"), ("canaparhi", "խանութ"),
    ],
)  # fmt: skip
def test_a_short_word_is_not_read_loosely(typed: str, other: str) -> None:
    looser = loosened(query_terms(typed))
    assert not highlights(f"x {other} x", looser or query_terms(typed))


def test_words_like_a_word_are_some_hundred_and_never_itself() -> None:
    for word, language in (("მშენებლობისათვის", "ka"), ("հայտարարությունների", "hy"), ("строительство", "ru")):
        near = words_like(word, language)
        assert 100 < len(near) < 1500
        assert "s" + stem(word, language) not in near
    assert loosened(query_terms("გზა")) is None, "too short"
    assert loosened(query_terms(" ".join(["სახურავი"] * 3 + [f"სიტყვა{c}" for c in "აბგდევზ"]))) is None, "too many"


@pytest.mark.parametrize(
    ("keys", "meant"),
    [("cj,frb", "собаки"), (";erjd", "жуков"), ("qo.ovak", "խողովակ"), ("lwusavwrwu2jwun", "լուսավորություն"), ("ar[ivajin", "արխիվային")],
)  # fmt: skip
def test_letters_that_lie_on_signs_are_read_on_other_keyboards(keys: str, meant: str) -> None:
    assert meant in retyped(keys)


@pytest.mark.parametrize("text", ["roof repair", "12-05/417", "გზა", "a.b@example.org და", "don't", "well-known.", ""])
def test_other_lines_are_not_retyped_into_words(text: str) -> None:
    assert not any(set(reading) <= set("აბგდ") for reading in retyped(text))
    if " " in text or not text.isascii():
        assert retyped(text) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [("ремонт крыши", "cp1251"), ("освещение", "koi8-r"), ("տանիքի վերանորոգում", "armscii-8"), ("სახურავის შეკეთება", "georgian-academy")],
)  # fmt: skip
def test_words_copied_from_old_programs_are_read(text: str, code: str) -> None:
    table = CODES[code][0]
    written = bytes(map(table.index, text)) if table else text.encode(code)
    assert readable(written.decode("latin-1")) == text
    assert readable("დორ " + text.encode().decode("cp1252", "ignore")) is not None


@pytest.mark.parametrize("text", ["Müller", "naïve façade", "საქმე", "дорога", "ծառ", "“x” – y", "ÅÄÖ", ""])
def test_readable_words_stay(text: str) -> None:
    if text != "ÅÄÖ":
        assert readable(text) == text
    assert isinstance(query_terms(text).clauses, tuple)
