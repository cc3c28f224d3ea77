"""Days, instants, numbers, sizes and lists in each language; dates as clerks type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from edms import clock, words
from edms.errors import RuleBroken

NOW = datetime(2026, 11, 21, 10, 5, tzinfo=UTC)
ZONE = "Asia/Tbilisi"
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (NOW, "today 14:05"),
        (NOW - timedelta(days=1), "yesterday 14:05"),
        (NOW + timedelta(days=1), "tomorrow 14:05"),
        (NOW - timedelta(days=5), "16.11.2026 14:05"),
        # 20:30 UTC is half past midnight of the next civil day in Tbilisi.
        (datetime(2026, 11, 20, 20, 30, tzinfo=UTC), "today 00:30"),
    ],
)
def test_instants_are_civil_and_near_ones_in_words(instant: datetime, expected: str) -> None:
    with clock.at(NOW):
        assert words.datetime("en", instant, ZONE) == expected


def test_today_in_each_language() -> None:
    with clock.at(NOW):
        assert [words.datetime(lang, NOW, ZONE) for lang in words.LANGS] == [
            "დღეს 14:05",
            "այսօր 14:05",
            "today 14:05",
            "сегодня 14:05",
        ]


def test_days_look_the_same_everywhere() -> None:
    assert {words.date(lang, date(2026, 3, 5)) for lang in words.LANGS} == {"05.03.2026"}
    assert words.date("ka", TODAY, today=TODAY) == "დღეს"
    assert words.date("en", date(987, 1, 2)) == "02.01.0987"


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", "21 November 2026"),
        ("ka", "21 ნოემბერი 2026"),
        ("hy", "2026 թ. նոյեմբերի 21"),
        ("ru", "21 ноября 2026\u202fг."),
    ],
)
def test_long_dates_have_the_month_in_words(lang: str, expected: str) -> None:
    assert words.long_date(lang, TODAY).replace("\xa0", "\u202f") == expected


def test_months_as_offices_write_them() -> None:
    assert [words.month(lang, TODAY).replace("\u202f", " ").replace("\xa0", " ") for lang in words.LANGS] == [
        "ნოემბერი 2026", "2026 թ. նոյեմբեր", "November 2026", "ноябрь 2026 г.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (TODAY, "21.11.2026"),
        ("2026-12-05", "2026-12-05"),  # the fifth letter of case 12 has this number
        # Half past eight in the evening of UTC is the next day in Tbilisi.
        (datetime(2027, 1, 9, 20, 30, tzinfo=UTC), "10.01.2027 00:30"),
        ("2027-01-09T20:30:00+00:00", "10.01.2027 00:30"),
        ("2027-01-09 20:30:00.5+00:00", "10.01.2027 00:30"),
        ("2026-13-41T20:30:00+00:00", "2026-13-41T20:30:00+00:00"),
        (7, 7),
    ],
)
def test_days_and_instants_among_values_are_told_where_the_reader_is(value: object, expected: object) -> None:
    with clock.at(NOW):
        assert words.civil("ka", value, lambda: ZONE) == expected


def test_an_error_tells_an_instant_where_the_reader_is() -> None:
    error = RuleBroken("signing.certificate_expired", until=datetime(2026, 1, 9, 22, 30, tzinfo=UTC))
    with clock.at(NOW):
        told = [words.explain("en", error, zone=zone).text for zone in (ZONE, "Europe/Paris")]
    assert "until 10.01.2026 02:30" in told[0] and "until 09.01.2026 23:30" in told[1]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("5", date(2026, 11, 5)),
        ("5.", date(2026, 11, 5)),
        ("5.3", date(2026, 3, 5)),
        ("05/03/26", date(2026, 3, 5)),
        ("5 3 2025", date(2025, 3, 5)),
        ("05032025", date(2025, 3, 5)),
        ("2025-03-05", date(2025, 3, 5)),
        ("-3", date(2026, 11, 18)),
        ("+10", date(2026, 12, 1)),
        ("t", TODAY),
        ("ტ", TODAY),
        ("Այսօր", TODAY),
        ("31.2", None),
        ("0", None),
        ("soon", None),
        ("", None),
        ("-9999999", None),
        ("٣", None),
    ],
)
def test_dates_are_read_as_clerks_type_them(typed: str, expected: date | None) -> None:
    assert words.read_date(typed, TODAY) == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [(0, "0 bytes"), (1023, "1,023 bytes"), (1536, "1.5 kB"), (10 * 1024**2, "10 MB"), (2 * 1024**3, "2 GB")],
)
def test_sizes_in_their_largest_unit(octets: int, expected: str) -> None:
    assert words.size("en", octets) == expected


def test_lists_are_joined_as_the_language_joins_them() -> None:
    assert words.list_of("en", ["a", "b", "c"]) == "a, b and c"
    assert words.list_of("ka", ["ა", "ბ", "გ"]) == "ა, ბ და გ"
    assert words.list_of("hy", ["ա", "բ", "գ"]) == "ա, բ և գ"
    assert words.list_of("en", ["a", "b"], either=True) == "a or b"


def test_age_is_never_in_the_future() -> None:
    with clock.at(NOW):
        assert words.age("en", NOW + timedelta(hours=2)) == "1 minute"
        assert words.age("en", NOW - timedelta(days=3)) == "3 days"


def _sorted(lang: str, names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: words.sort_key(lang, name))


def test_each_alphabet_first_in_its_own_lists() -> None:
    names = ["Beridze", "ბერიძე", "Բաբայան", "Борисов"]
    assert _sorted("ka", names)[0] == "ბერიძე"
    assert _sorted("hy", names)[0] == "Բաբայան"
    assert _sorted("ru", names)[0] == "Борисов"
    assert _sorted("en", names)[0] == "Beridze"


def test_armenian_yech_yiwn_stands_between_keh_and_oh() -> None:
    assert _sorted("hy", ["Օհան", "և", "Քոչար", "Եվա", "Ֆարման"]) == ["Եվա", "Քոչար", "և", "Օհան", "Ֆարման"]


def test_georgian_order_and_old_capitals() -> None:
    assert _sorted("ka", ["ჰაზირა", "ზაზა", "ᲐᲜᲐ", "თეა", "ვანო"]) == ["ᲐᲜᲐ", "ვანო", "ზაზა", "თეა", "ჰაზირა"]


def test_russian_yo_stands_with_ye() -> None:
    assert _sorted("ru", ["Жук", "Ёлка", "Ель", "Яков"]) == ["Ель", "Ёлка", "Жук", "Яков"]


def test_numbers_sort_by_value() -> None:
    assert _sorted("en", ["12-05/10", "12-05/9", "2-01/1"]) == ["2-01/1", "12-05/9", "12-05/10"]


def test_a_sum_names_its_money_in_the_readers_language() -> None:
    told = {lang: words.money(lang, Decimal("50"), "GEL") for lang in words.LANGS}
    assert told == {"ka": "50,00 ლარი", "hy": "50,00 լարի", "en": "50.00 lari", "ru": "50,00 лари"}
    assert words.money("hy", Decimal("1234.5"), "AMD") == "1\N{NO-BREAK SPACE}234,50 դրամ"
