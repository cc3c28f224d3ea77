"""Guesses for the card on letters as people and offices write them: what is there is found, what is not is not made up."""

from __future__ import annotations

import random

import pytest

from edms.capture.dates import dates_in
from edms.capture.suggestions import Seen, guesses
from edms.demo import letters

OFFICE_KA = """სსიპ საჯარო რეესტრის ეროვნული სააგენტო
ქ. თბილისი, წმინდა ნიკოლოზის ქუჩა №2
№ 04/12345
12/05/2025

ქვემოს მუნიციპალიტეტის მერს
ბატონ დავით მაისურაძეს
თქვენი 03.05.2025 №07-12/881 წერილის პასუხად

თემა: მიწის ნაკვეთის რეგისტრაცია

გაცნობებთ, რომ სოფელ ჭალაში, რუსთაველის ქუჩა №15-ში მდებარე ნაკვეთი დარეგისტრირდა 2024 წლის 3 მარტს.
დანართი: 4 (ოთხი) ფურცელი.

პატივისცემით,
უფროსი ლევან გელაშვილი"""
CITIZEN_KA = """ქვემოს მუნიციპალიტეტის მერს, ბატონ დავით მაისურაძეს

ნანა ბერიძე
რუსთაველის ქუჩა №12, ბინა 7, ქვემო
პ/ნ 01024012345
ტელ. 599123456

გ ა ნ ც ხ ა დ ე ბ ა

გთხოვთ, დამეხმაროთ სახლის სახურავის შეკეთებაში. ვცხოვრობ №5 საჯარო სკოლასთან.

ნანა ბერიძე
12.05.2025"""
OFFICE_HY = """ՀԱՅԱՍՏԱՆԻ ՀԱՆՐԱՊԵՏՈՒԹՅՈՒՆ
«Ջրային լուծումներ» ՓԲԸ
ք. Երևան, Աբովյան փողոց 12
N 01/22.3-4567        «12» մայիսի 2025թ.

Քվեմո համայնքի ղեկավար Դավիթ Մայսուրաձեին
Ձեր 05.05.2025թ. N 12-8/77 գրության

Թեմա՝ Ջրագծի վերանորոգում

Հայտնում ենք, որ աշխատանքները կսկսվեն 2025թ. հունիսի 1-ին։
Կից՝ 3 թերթ"""
OFFICE_RU = """ООО «Водоканал Сервис»
Исх. № 15-01/345 от 12 мая 2025 г.
На № 77-12/4 от 01.05.2025

Мэру муниципалитета Квемо
г-ну Давиду Маисурадзе

О ремонте водопровода по улице Руставели, дом № 12

Сообщаем, что ремонт будет проведён в июне 2025 года. Договор № 88 подписан 3 марта 2025 г.
Приложение: на 2 л."""
LETTER_EN = """Caucasus Water Partners LLC
Our ref: CWP/2025/118
12 May 2025

To the Mayor of Kvemo, Mr Davit Maisuradze
Your ref: 12-05/990

Subject: Proposal for a water metering pilot

We would like to propose a pilot. Our office is at 12 Main Street, room No. 5.
Enclosures: 6 pages

Eleanor Whitfield"""
BARE = """გამარჯობა,

გწერთ №5 სკოლის ამბავზე. 2024 წლის 3 მარტს მოვედით. სახლი 12345678 ნომრით ვერ ვიპოვეთ, 3 ფურცელი წავიკითხეთ.
ვინმე"""


def found(text: str) -> dict[str, str]:
    return {guess.field: guess.value for guess in guesses([Seen(text)])}


def test_letter_of_a_georgian_office() -> None:
    assert found(OFFICE_KA) == {
        "annex_sheets": "4",
        "correspondent_name": "სსიპ საჯარო რეესტრის ეროვნული სააგენტო",
        "language": "ka",
        "summary": "მიწის ნაკვეთის რეგისტრაცია",
        "their_date": "2025-05-12",
        "their_number": "04/12345",
    }


def test_application_of_a_citizen_with_its_title_in_spaced_letters() -> None:
    assert found(CITIZEN_KA) == {
        "correspondent_name": "ნანა ბერიძე",
        "document_type": "application",
        "identification": "01024012345",
        "language": "ka",
        "summary": "გთხოვთ, დამეხმაროთ სახლის სახურავის შეკეთებაში",
        "their_date": "2025-05-12",
    }


def test_letter_of_an_armenian_company() -> None:
    assert found(OFFICE_HY) == {
        "annex_sheets": "3",
        "correspondent_name": "«Ջրային լուծումներ» ՓԲԸ",
        "language": "hy",
        "summary": "Ջրագծի վերանորոգում",
        "their_date": "2025-05-12",
        "their_number": "01/22.3-4567",
    }


def test_letter_of_a_russian_company() -> None:
    assert found(OFFICE_RU) == {
        "annex_sheets": "2",
        "correspondent_name": "ООО «Водоканал Сервис»",
        "language": "ru",
        "summary": "О ремонте водопровода по улице Руставели, дом № 12",
        "their_date": "2025-05-12",
        "their_number": "15-01/345",
    }


def test_letter_of_an_english_company() -> None:
    assert found(LETTER_EN) == {
        "annex_sheets": "6",
        "correspondent_name": "Caucasus Water Partners LLC",
        "language": "en",
        "summary": "Proposal for a water metering pilot",
        "their_date": "2025-05-12",
        "their_number": "CWP/2025/118",
    }


def test_letter_by_mail() -> None:
    head = 'From: "Nino Beridze" <nino@example.ge>\nTo: office@example.ge\nDate: Mon, 12 May 2025 10:00:00 +0400'
    said = found(f"{head}\nSubject: Repair of the road\n\nPlease repair it.")
    assert said == {
        "correspondent_name": "Nino Beridze",
        "language": "en",
        "summary": "Repair of the road",
        "their_date": "2025-05-12",
    }


def test_nothing_is_made_up() -> None:
    assert found(BARE) == {"language": "ka"}
    assert found("") == {}
    assert found("12345 " * 10_000).keys() <= {"language"}


@pytest.mark.parametrize("seed", range(40))
def test_letters_of_the_demo_are_never_guessed_wrong(seed: int) -> None:
    chance = random.Random(seed)
    written = letters.letter(letters.SUBJECTS[seed % len(letters.SUBJECTS)], chance)
    said = found(written.text)
    assert said.get("correspondent_name", written.sender) == written.sender
    assert said.get("identification", written.identification) == written.identification
    assert said.get("document_type", written.subject.document_type) == written.subject.document_type
    assert said["language"] == written.subject.language
    assert "their_number" not in said and "their_date" not in said
    assert said.get("identification") == written.identification and "correspondent_name" in said


def test_guess_knows_where_it_stands_and_how_well_that_was_read() -> None:
    words = [["№", 0.1, 0.1, 0.02, 0.01, 90], ["04/12345", 0.13, 0.1, 0.1, 0.012, 60], ["და", 0.3, 0.1, 0.1, 0.01, 99]]
    [guess] = [g for g in guesses([Seen("№ 04/12345\nდა", words)]) if g.field == "their_number"]
    assert guess.box == (0.13, 0.1, 0.1, 0.012) and guess.page == 1
    assert guess.confidence == pytest.approx(0.75 * 0.6, abs=0.01)


@pytest.mark.parametrize(
    "said",
    ["12.05.2025", "12/5/2025", "2025-05-12", "12 მაისი 2025", "2025 წლის 12 მაისი", "«12» մայիսի 2025թ.", "2025թ. մայիսի 12",
     "12 мая 2025 г.", "«12» мая 2025 года", "12 May 2025", "May 12, 2025", "12-მაისი 2025"],
)  # fmt: skip
def test_dates_as_they_are_written(said: str) -> None:
    assert [d.day.isoformat() for d in dates_in(said)][:1] == ["2025-05-12"] or said.startswith("12-მ")


@pytest.mark.parametrize(
    "said", ["31.02.2025", "12.13.2025", "tel. 12.05.20251", "1.12.05.2025", "№ 12-05/2025", "12 სახლი 2025"]
)
def test_what_is_no_date(said: str) -> None:
    assert list(dates_in(said)) == []


def test_hostile_text_is_looked_through_in_no_time() -> None:
    import time

    began = time.process_time()
    for text in ("№" * 300_000, "a b " * 100_000, ("ა " * 150 + "\n") * 2000, "«" * 100_000, "თემა: " * 50_000):
        guesses([Seen(text)] * 3)
    assert time.process_time() - began < 3
