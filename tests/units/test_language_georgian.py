"""The light stemmer against the vectors measured on statute text, and what must stay apart."""

import pytest

from edms.language.georgian import stem
from edms.language.normal import normalise

VECTORS = [
    (
        ["წერილებისათვის", "წერილში", "წერილი", "წერილიც", "წერილსაც", "წერილებს"],
        "წერილ",
    ),
    (
        [
            "განცხადებების",
            "განცხადებაზე",
            "განცხადება",
            "განცხადების",
            "განცხადებისთვის",
        ],
        "განცხად",
    ),
    (["ნომრის", "ნომერი", "ნომერს", "ნომრები"], "ნომრ"),
    (["განმცხადებლის", "განმცხადებელმა", "განმცხადებელი"], "განმცხადებლ"),
    (["ფურცლებზე", "ფურცელი", "ფურცლის"], "ფურცლ"),
    (["თბილისში", "თბილისიდან", "თბილისი", "თბილისის", "თბილისს"], "თბილის"),
    (
        ["საკრებულოსთვის", "საკრებულო", "საკრებულოს", "საკრებულოდან", "საკრებულოდ"],
        "საკრებულო",
    ),
    (["მერიის", "მერია", "მერიაში", "მერიამ", "მერიამდე", "მერიასთან"], "მერი"),
    (["მერის", "მერი", "მერთან", "მერს"], "მერ"),
    (["წელი", "წლის", "წლები", "წლების", "წელს"], "წლ"),
    (["სახელი", "სახელის"], "სახელ"),
    (["სახლი", "სახლის", "სახლში"], "სახლ"),
    (["გეგმა", "გეგმის", "გეგმას"], "გეგმ"),
    (["რეფორმა", "რეფორმის"], "რეფორმ"),
    (["ნორმა", "ნორმები"], "ნორმ"),
    (["ფირმა", "ფირმის", "ფირმამ"], "ფირმ"),
    (["მოქალაქე", "მოქალაქის", "მოქალაქეები", "მოქალაქეებისთვის"], "მოქალაქ"),
    (["კრება", "კრების", "კრებაზე"], "კრებ"),
]


@pytest.mark.parametrize(("forms", "stemmed"), VECTORS)
def test_forms_of_a_word_come_to_its_stem(forms: list[str], stemmed: str) -> None:
    assert {form: stem(form) for form in forms} == dict.fromkeys(forms, stemmed)


def test_town_hall_is_not_the_mayor() -> None:
    assert stem("მერიის") != stem("მერის")


@pytest.mark.parametrize("word", ["და", "თუ", "ეს", "გზა"])
def test_short_words_are_left_alone(word: str) -> None:
    assert stem(word) == word


def test_capitals_of_the_georgian_script_fold_to_small_letters() -> None:
    assert normalise("ᲒᲐᲜᲪᲮᲐᲓᲔᲑᲐ") == "განცხადება"
    assert normalise("ႢႠႬႺႾႠႣႤႡႠ") == "განცხადება"
