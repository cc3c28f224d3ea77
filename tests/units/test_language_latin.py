"""Every habit of typing Georgian, Armenian and Russian with Latin letters finds the native word."""

import pytest

from edms.language import highlights, query_terms
from edms.language.georgian import CANON
from edms.language.latin import fold_native, latin_folds, latin_keys, native_key

FOUND = [
    ("gancxadeba", "განცხადების"),
    ("gantskhadeba", "განცხადება"),
    ("gancxadebaze", "განცხადება"),
    ("gantskhadebebisatvis", "განცხადება"),
    ("Gancxadeba", "განცხადებაზე"),
    ("GANCXADEBA", "განცხადებაზე"),
    ("Semsrulebeli", "შემსრულებლის"),
    ("shemsrulebeli", "შემსრულებელი"),
    ("werili", "წერილში"),
    ("tserili", "წერილი"),
    ("ts’erili", "წერილებს"),
    ("WianWvela", "ჭიანჭველა"),
    ("ch’ianch’vela", "ჭიანჭველას"),
    ("meghvinetukhutsesi", "მეღვინეთუხუცესი"),
    ("baq’aq’i", "ბაყაყი"),
    ("khelmots’era", "ხელმოწერა"),
    ("xelmowera", "ხელმოწერის"),
    ("Tbilisi", "თბილისში"),
    ("tbilisshi", "თბილისი"),
    ("ganmcxadebeli", "განმცხადებლის"),
    ("nomeri", "ნომრის"),
    ("RonisZieba", "ღონისძიება"),
    ("wlis", "წელი"),
    ("gamarjoba", "გამარჯობა"),
    ("mogcet't'si", "მოგცეტტსი"),
    ("dimum", "դիմումների"),
    ("dimumner", "դիմում"),
    ("hayt’ararut’yun", "հայտարարության"),
    ("haytararutyun", "հայտարարություն"),
    ("Yerevan", "Երևանում"),
    ("voroshum", "որոշման"),
    ("oroshum", "որոշում"),
    ("k’aghak’apetaran", "քաղաքապետարանի"),
    ("qaxaqapetaran", "քախաքապետարան"),
    ("ynker", "ընկեր"),
    ("hamaynqum", "համայնք"),
    ("zayavlenie", "заявления"),
    ("zaiavlenie", "Заявлениями"),
    ("postanovlenie", "постановления"),
    ("rynok", "рынок"),
    ("rayon", "района"),
    ("nedelya", "неделями"),
    ("vyezd", "выезда"),
    ("novaya", "новая"),
    ("vykhod", "выход"),
    ("kray", "край"),
    ("Shchukin", "Щукин"),
    ("rossiyskiy", "российский"),
    ("pfzdktybt", "заявление"),
]


@pytest.mark.parametrize(("typed", "written"), FOUND)
def test_latin_typing_finds_the_native_word(typed: str, written: str) -> None:
    assert highlights(f"x {written} x", query_terms(typed)) == [(2, 2 + len(written))]


@pytest.mark.parametrize(
    ("typed", "written"),
    [("gancxadeba", "განცხადება"), ("haytararutyun", "հայտարարություն")],
)
def test_a_native_query_finds_words_written_in_latin_letters(typed: str, written: str) -> None:
    assert highlights(typed, query_terms(written)) == [(0, len(typed))]


def test_georgian_keys_with_capitals_inside_are_read_exactly() -> None:
    query = query_terms("gaWirveba")
    assert highlights("გაჭირვება", query)
    assert not highlights("გაჩირვება", query)


def test_a_native_word_is_not_mixed_with_words_that_sound_alike() -> None:
    assert not highlights("ღორი", query_terms("გორი"))
    assert highlights("ღორი", query_terms("gori"))


def test_other_scripts_are_sought_when_asked() -> None:
    assert not highlights("Тбилиси", query_terms("თბილისი"))
    assert highlights("Тбилиси", query_terms("თბილისი", any_script=True))


def test_the_apostrophe_parts_t_and_s() -> None:
    assert latin_folds("sat's")["ka"] != latin_folds("sats")["ka"]
    assert latin_folds("pakt’s")["ka"] == fold_native("პაქტს", "ka")


def test_keys_merge_few_words() -> None:
    words = ["კარი", "ბაღი", "ჯარიმა", "ჟურნალი", "შენობა", "ჩანართი"]
    assert len({native_key(word, "ka") for word in words}) == len(words)
    assert native_key("კარი", "ka") == native_key("ქარი", "ka") == native_key("ყარი".translate(CANON), "ka")


def test_a_latin_word_without_letters_has_no_key() -> None:
    assert latin_keys("é'") == latin_keys("e")
    assert latin_keys("") == ()
