"""The contract of every search index: the same letters found, in the same order, for the same readers.

The rules written out (`ModelIndex`) and PostgreSQL each time; real Elasticsearch nodes with `make test-services`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from edms.language import analyse, lexemes_of, loosened, query_terms
from edms.search.elastic_engine import ElasticEngine
from edms.search.port import COMMON, Alike, Asked, Entry, Filters, Index, Order
from edms.search.postgres import PostgresIndex
from edms.search.vector import coded
from tests.search_models import BEGIN, ModelIndex, entry
from tests.services.elastic_nodes import NODES, Nodes

ALL = frozenset({"org:1:open"})


@dataclass
class Bench:
    """An index under test."""

    index: Index

    def put(self, *entries: Entry) -> None:
        assert self.index.put(entries) == {}
        self.index.settle()

    def ids(self, text: str = "", *, any_script: bool = False, **asked: object) -> list[int]:
        return list(self.index.propose(question(text, any_script=any_script, **asked)).document_ids)


def question(text: str = "", *, any_script: bool = False, **asked: object) -> Asked:
    usual: dict[str, object] = {"tokens": ALL, "organisation_ids": frozenset({1})}
    return Asked(query=query_terms(text, any_script=any_script), **(usual | asked))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def engines(nodes: Nodes) -> Iterator[Callable[[str], ElasticEngine]]:
    """An engine with an index of its own on each node."""
    made: dict[str, ElasticEngine] = {}

    def of(name: str) -> ElasticEngine:
        if name not in made:
            made[name] = nodes.of(name).engine(answer_seconds=60)  # a busy machine is slow, not wrong
            made[name].rebuilding().take_over()
        return made[name]

    yield of
    for engine in made.values():
        engine.drop_all()


@pytest.fixture(params=["model", "postgres", *NODES])
def bench(request: pytest.FixtureRequest, engines: Callable[[str], ElasticEngine]) -> Iterator[Bench]:
    if request.param == "model":
        yield Bench(ModelIndex())
    elif request.param == "postgres":
        yield Bench(PostgresIndex(request.getfixturevalue("session")))
    else:
        index = engines(request.param).index(None)  # type: ignore[arg-type]
        yield Bench(index)
        index.clear()


LETTERS = (
    entry(1, "განცხადება მშენებლობის ნებართვის გაცემაზე", "გთხოვთ განიხილოთ საკითხი 2025 წლის 14 თებერვალს"),
    entry(2, "Դիմում փողոցի լուսավորության մասին", "Խնդրում եմ քննարկել հայտարարությունը", language="hy"),
    entry(3, "Заявление о ремонте дороги", "Прошу рассмотреть заявления жителей", language="ru"),
    entry(4, "12-05/0417 №01-11/77", "Water metering in Tskhinvali street, დანართი ა-12", language="en"),
    entry(5, "წყალმომარაგე-\nბის ქსელი", "k'argi ამბავი ვაკე-საბურთალოს რაიონიდან"),
    entry(6, "უარი განცხადებაზე", sender="მშენებლობა 14.02.2025 401"),
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("განცხადებების", [6, 1]),
        ("gancxadeba", [6, 1]),
        ("GANTSKHADEBAZE", [6, 1]),
        ("მშენებლობა", [6, 1]),
        ("mshenebloba", [6, 1]),
        ("მშენებლობა განცხადება", [6, 1]),
        ("„განცხადება“", [1]),
        ("„მშენებლობის ნებართვა“", [1]),
        ("„ნებართვა მშენებლობის“", []),
        ("„მშენებლობის ნებართვის გაცემა“", [1]),
        ("„მშენებლობის გაცემა“", []),
        ("„განცხადება განცხადება“", []),
        ("„გაცემაზე გთხოვთ“", []),
        ("-უარი განცხადება", [1]),
        ("-განცხადება", [5, 4, 3, 2]),
        ("-„მშენებლობის ნებართვა“ განცხადება", [6]),
        ("მშენებ*", [6, 1]),
        ("mshen*", [6, 1]),
        ("განც* -უარ*", [1]),
        ("հայտարարության", [2]),
        ("haytararutyun", [2]),
        ("„քննարկել հայտարարություն“", [2]),
        ("заявление", [3]),
        ("zayavlenie", [3]),
        ("pfzdktybt", [3]),
        ("„рассмотреть заявление жителя“", [3]),
        ("дорог*", [3]),
        ("12-05/0417", [4]),
        ("12-05/417", []),
        ("0417", [4]),
        ("417", [4]),
        ("12-05/04*", [4]),
        ("01-11/77", [4]),
        ("77", [4]),
        ("05/0417", [4]),
        ("418", []),
        ("14.02.2025", [6, 1]),
        ("2025 წლის 14 თებერვალი", [6, 1]),
        ("metering", [4]),
        ("„water metering“", [4]),
        ("„metering water“", []),
        ("წყალმომარაგება", [5]),
        ("„წყალმომარაგების ქსელი“", [5]),
        ("„ბის ქსელი“", [5]),
        ("კარგი", [5]),
        ("kargi", [5]),
        ("ვაკე-საბურთალო*", [5]),
        ("ვაკე-ამბავ*", []),
        ("სიტყვა", []),
    ],
)
def test_words_numbers_days_and_phrases_are_found(bench: Bench, asked: str, found: list[int]) -> None:
    bench.put(*LETTERS)
    assert bench.ids(asked) == found


def test_a_word_is_found_in_the_other_scripts_only_when_asked(bench: Bench) -> None:
    bench.put(*LETTERS)
    assert bench.ids("ცხინვალი") == [4]  # written in Latin letters there: a native word finds its romanisation
    bench.put(entry(7, "Тбилиси"), entry(8, "თბილისი"))
    assert bench.ids("თბილისი") == [8]
    assert bench.ids("თბილისი", any_script=True) == [8, 7]


def test_the_newest_come_first_to_the_microsecond_and_pages_follow_without_gap(bench: Bench) -> None:
    at = BEGIN.replace(microsecond=123_456)
    entries = [entry(n, "წერილი", at=at + timedelta(microseconds=n // 3)) for n in range(1, 31)]
    random.Random(5).shuffle(entries)
    bench.put(*entries)
    seen: list[int] = []
    before = None
    while True:
        found = bench.index.propose(question("წერილი", limit=7, before=before))
        seen += found.document_ids
        if not found.more:
            break
        last = found.document_ids[-1]
        before = (at + timedelta(microseconds=last // 3), last)
    assert seen == list(range(30, 0, -1))


def test_more_says_exactly_whether_there_are_more(bench: Bench) -> None:
    bench.put(*(entry(n, "წერილი") for n in range(1, 6)))
    for order in Order:
        for limit, more in ((4, True), (5, False), (6, False)):
            found = bench.index.propose(question("წერილი", limit=limit, order=order))
            assert (len(found.document_ids), found.more) == (min(limit, 5), more)


def test_the_best_of_the_newest_come_first(bench: Bench) -> None:
    bench.put(
        entry(1, "მშენებლობა"),
        entry(2, "წერილი", "მშენებლობა"),
        entry(3, "წერილი", doubt="სხვა მშენებლობა"),
        entry(4, "წერილი", doubt="სხვა მშენებლობა"),
    )
    assert bench.ids("„მშენებლობა“", order=Order.BEST) == [1, 2, 4, 3]
    assert bench.ids("მშენებლობის", order=Order.BEST)[0] == 1
    assert bench.ids("მშენებლობა", order=Order.NEWEST) == [4, 3, 2, 1]
    # Rank is among the newest only, as many as are asked for.
    assert bench.ids("„მშენებლობა“", order=Order.BEST, limit=3) == [2, 4, 3]
    assert bench.ids("", order=Order.BEST) == [4, 3, 2, 1]


def test_where_a_word_stands_and_how_it_was_typed_make_its_rank(bench: Bench) -> None:
    rare = "სხვა " * 400
    bench.put(
        entry(1, "წერილი", doubt="მშენებლობა"),
        entry(2, "წერილი", rare + "მშენებლობა"),
        entry(3, "წერილი", "მშენებლობა " + rare.replace("სხვა", "და", 100) + "მშენებლობისა მშენებლობაში " * 3),
        entry(4, "წერილი", "მშენებლობა", sender="ნანა"),
        entry(5, "წერილი", sender="მშენებლობა"),
        entry(6, "მშენებლობა"),
        entry(7, "მშენებლობის"),
        entry(8, "მშენებელი"),
    )
    assert bench.ids("მშენებლობის", order=Order.BEST) == [7, 6, 5, 4, 3, 2, 1]


def test_what_a_word_read_in_doubt_may_be_is_found_last_and_in_no_phrase(bench: Bench) -> None:
    bench.put(
        entry(1, "საქმის განხილვა"),
        entry(2, "სხვა", "საქშის განხილვა", doubt="საქმის განხილვა"),
        entry(3, "სხვა", "საქმის"),
    )
    assert bench.ids("საქმე", order=Order.BEST) == [1, 3, 2]
    assert bench.ids("saqme", order=Order.BEST) == [1, 3, 2]
    assert bench.ids("„საქმის განხილვა“") == [1]


def test_words_side_by_side_come_before_the_same_words_apart(bench: Bench) -> None:
    bench.put(entry(1, "გიორგი ბერიძე"), entry(2, "გიორგი და ნანა ბერიძე"), entry(3, "ბერიძე გიორგი"))
    assert bench.ids("გიორგი ბერიძის", order=Order.BEST) == [1, 3, 2]


def test_a_slip_of_the_fingers_is_forgiven_and_comes_last(bench: Bench) -> None:
    bench.put(
        entry(1, "სახურავის შეკეთება"),
        entry(2, "სხვა", doubt="სახურავი შეკეთება"),
        entry(3, "სახურვის შეკეთება"),
        entry(4, "შეკეთება"),
    )
    typed = query_terms("სახურვის შეკეთება")
    looser = loosened(typed)
    assert looser is not None
    asked = question(order=Order.BEST)
    assert bench.index.propose(replace(asked, query=typed)).document_ids == (3,)
    assert bench.index.propose(replace(asked, query=looser)).document_ids == (3, 1)
    for quoted in ("„სახურვი“", "სახურვ*", "12-05/417"):
        assert loosened(query_terms(quoted)) is None


def test_of_three_words_one_may_be_missing(bench: Bench) -> None:
    bench.put(
        entry(1, "გზის მოხრეშვა"), entry(2, "გზის მოხრეშვა სოფელში"), entry(3, "გზა"), entry(4, "გზა სოფელში უარი")
    )
    looser = loosened(query_terms("გზის მოხრეშვა სოფელში -უარი"))
    assert looser is not None
    assert bench.index.propose(replace(question(order=Order.BEST), query=looser)).document_ids == (2, 1)


def test_filters_narrow(bench: Bench) -> None:
    bench.put(
        entry(1, "წერილი", year=2024, at=BEGIN - timedelta(days=365)),
        entry(2, "წერილი", register_id=2, unit_id=5, correspondent_id=9, language="hy", state="filed"),
        entry(3, "წერილი", register_id=3, unit_id=6),
    )

    def chosen(**values: set[int | str]) -> Filters:
        return Filters({name: frozenset(value) for name, value in values.items()})

    assert bench.ids(filters=chosen(year={2024})) == [1]
    assert bench.ids(filters=chosen(register_id={2, 3})) == [3, 2]
    assert bench.ids(filters=chosen(register_id={2, 3}, unit_id={6})) == [3]
    assert bench.ids("წერილი", filters=chosen(state={"filed"}, language={"hy"}, correspondent_id={9})) == [2]
    assert bench.ids(filters=chosen(unit_id=set())) == [3, 2, 1], "nothing chosen narrows nothing"
    assert bench.ids(filters=chosen(state={"დახურული", "x' OR 1"})) == []
    assert bench.ids(filters=Filters(from_on=date(2025, 5, 2))) == [3, 2]
    assert bench.ids(filters=Filters(until_on=date(2025, 5, 1))) == [1]
    assert bench.ids(filters=Filters(from_on=date(2024, 5, 2), until_on=date(2024, 5, 2))) == [1]


def test_people_kinds_and_every_day_narrow(bench: Bench) -> None:
    day = date(2025, 5, 2)
    bench.put(
        entry(1, "წერილი", facts=("executor:7", "executor:8", "kind:incoming"), received_on=day, dated_on=day),
        entry(2, "წერილი", facts=("executor:8", "grade:open", "kind:outgoing"), received_on=day + timedelta(days=3)),
        entry(3, "წერილი"),
    )

    def chosen(**values: set[int | str]) -> Filters:
        return Filters({name: frozenset(value) for name, value in values.items()})

    for text in ("", "წერილი"):
        assert bench.ids(text, filters=chosen(executor={8})) == [2, 1]
        assert bench.ids(text, filters=chosen(executor={7, 9})) == [1]
        assert bench.ids(text, filters=chosen(executor={8}, kind={"outgoing"})) == [2]
        assert bench.ids(text, filters=chosen(author={8})) == [], "another's part"
        assert bench.ids(text, filters=Filters(received_from=day + timedelta(days=1))) == [2]
        assert bench.ids(text, filters=Filters(received_from=day, received_until=day)) == [1]
        assert bench.ids(text, filters=Filters(dated_until=day)) == [1], "a letter without the day is not before it"


def test_letters_that_share_rare_words_are_alike(bench: Bench) -> None:
    def alike(document_id: int, text: str, **asked: object) -> list[int]:
        words = tuple(dict.fromkeys(coded(x) for token in analyse(text) for x in lexemes_of(token) if x[0] == "s"))
        usual: dict[str, object] = {"tokens": ALL, "organisation_ids": frozenset({1}), "limit": 5}
        return list(bench.index.alike(Alike(words, document_id, **(usual | asked))))  # type: ignore[arg-type]

    mine, text = ("org:1:open",), "წყალმომარაგების ქსელის დაზიანება ვაკეში"
    bench.put(
        entry(1, text),
        entry(2, "წყალმომარაგება", "ქსელის დაზიანება"),
        entry(3, "დაზიანებული სახურავი ვაკეში, წყალმომარაგება"),
        entry(4, "წყალმომარაგება"),
        entry(5, text, readers=("org:1:personal",)),
        entry(6, text, organisation_id=2),
    )
    assert alike(1, text) == [2, 3], "the likest first; one word alone is no likeness; never what others may read"
    assert alike(1, text, limit=1) == [2]
    assert alike(1, text, tokens=frozenset({"org:1:personal"})) == []
    assert alike(1, text, tokens=frozenset()) == []
    assert alike(1, "") == []
    bench.put(*(entry(n, "ქსელის წყალმომარაგება", readers=("org:1:personal",)) for n in range(10, 15)))
    assert alike(1, text) == [2, 3], "what others may read changes nothing"
    bench.put(*(entry(n, "დაზიანება", readers=mine) for n in range(20, 21 + COMMON)))
    assert alike(1, text) == [3, 2], "a word that very many have tells nothing"


def test_a_reader_finds_what_she_may_read_and_nobody_finds_nothing(bench: Bench) -> None:
    bench.put(
        entry(1, "წერილი", readers=("org:1:open", "unit:4")),
        entry(2, "წერილი", readers=("org:1:personal", "official:17")),
        entry(3, "წერილი", organisation_id=2, readers=("org:2:open",)),
        entry(4, "წერილი", readers=()),
    )
    for text in ("წერილი", "", "წერ*", "„წერილი“", "-სხვა"):
        for order in Order:
            every = {"order": order}
            assert bench.ids(text, tokens=None, organisation_ids=None, **every) == [4, 3, 2, 1]
            assert bench.ids(text, tokens=None, organisation_ids=frozenset({1}), **every) == [4, 2, 1]
            assert bench.ids(text, tokens=frozenset({"unit:4", "official:17"}), **every) == [2, 1]
            assert bench.ids(text, tokens=frozenset({"official:1", "unit:44"}), **every) == []
            assert bench.ids(text, tokens=frozenset({"org:2:open"}), **every) == [], "another organisation's token"
            for nothing in ({"tokens": frozenset()}, {"organisation_ids": frozenset()}):
                found = bench.index.propose(question(text, **{**every, **nothing}))
                assert (found.document_ids, found.more) == ((), False)


def test_what_others_may_read_changes_no_rank(bench: Bench) -> None:
    mine = [entry(1, "გზა", "სახლი"), entry(2, "სახლი", "გზა"), entry(3, "გზა სახლი")]
    bench.put(*mine)
    before = bench.ids("გზა სახლი", order=Order.BEST)
    bench.put(*(entry(n, "გზა " * 5, readers=("org:1:personal",)) for n in range(10, 90)))
    assert bench.ids("გზა სახლი", order=Order.BEST) == before


def test_an_entry_is_replaced_whole_and_dropped(bench: Bench) -> None:
    bench.put(entry(1, "განცხადება"), entry(2, "საჩივარი"))
    bench.put(entry(1, "პეტიცია", stamp="newer", readers=("unit:4",)))
    assert bench.ids("განცხადება") == []
    assert bench.ids("პეტიცია") == []
    assert bench.ids("პეტიცია", tokens=frozenset({"unit:4"})) == [1]
    assert bench.index.stamps(0, 10) == {1: "newer", 2: "s2"}
    bench.index.drop([1, 77])
    bench.index.drop([])
    bench.index.settle()
    assert bench.ids("პეტიცია", tokens=None) == []
    assert bench.index.stamps(0, 10) == {2: "s2"}


def test_stamps_are_those_of_the_range_and_count_is_of_the_older(bench: Bench) -> None:
    bench.put(*(entry(n, "წერილი") for n in range(1, 9)))
    assert bench.index.stamps(2, 5) == {3: "s3", 4: "s4", 5: "s5"}
    assert bench.index.stamps(8, 2**62) == {}
    assert bench.index.count(BEGIN + timedelta(minutes=4)) == 3
    bench.index.clear()
    bench.index.settle()
    assert bench.index.stamps(0, 2**62) == {}
    assert bench.ids("", tokens=None) == []
    bench.put(entry(1, "წერილი"))
    assert bench.ids("წერილი") == [1]


HOSTILE = ["'", "\\", "a'b\\c:*", "\x00", "((", "!&|<->", "*", "-", '"', "''''", "x" * 5000, "🙂", "-*", "\ud800", "_", "|",
           '{"match_all":{}}', "𐐀" * 255, "ა" * 255 + "*", "x\u2028y", "\u00a0", "\\u0000", "NOT OR AND", "[1 TO 2]"]  # fmt: skip


@pytest.mark.parametrize("word", HOSTILE)
def test_nothing_written_or_typed_breaks_an_index(bench: Bench, word: str) -> None:
    written = word.replace("\x00", "").replace("\ud800", "")
    bench.put(entry(1, f"{written} ბოლო", f"{written} {written} ტექსტი 'ა\\ბ' k'argi"), entry(2, "სხვა"))
    assert bench.ids("ბოლო") == [1]
    for asked in (word, f'"{word}" {word}*', f"-{word}", f'"{word} {word}" {word}'):
        for order in Order:
            assert set(bench.ids(asked, order=order)) <= {1, 2}


def test_very_long_words_are_told_apart_as_far_as_they_are_kept(bench: Bench) -> None:
    long, other = "ა" * 200 + "ბ", "ა" * 200 + "გ"
    bench.put(entry(1, f"{long} ბოლო"), entry(2, f"{other} ბოლო"))
    assert bench.ids(long) == [1]
    assert bench.ids(f"„{long} ბოლო“") == [1]
    assert bench.ids("ა" * 150 + "*") == [2, 1]


def test_a_very_long_document_is_found_by_what_is_kept_of_it(bench: Bench) -> None:
    words = " ".join(
        f"სიტყვა{'აბგდევზთიკ'[n % 10]}{'ლმნოპჟრსტუ'[n // 10 % 10]}{'ფქღყშჩცძწჭ'[n // 100 % 10]}{n}"
        for n in range(60_000)
    )
    bench.put(entry(1, "დიდი წერილი", words))
    assert bench.ids("დიდი") == [1]
    assert bench.ids("„დიდი წერილი“") == [1]


VOCABULARY = ["გზა", "გზის", "გზაზე", "სახლი", "სახლის", "მშენებლობა", "მშენებლობის", "дорога", "дороги", "ремонт", "ճանապարհ",
              "ճանապարհի", "street", "gza", "saxli", "12-05/41", "41", "05/41", "14.02.2025", "A-12", "წყალმომარა-\nგება", "d", "ა"]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_every_engine_answers_as_the_rules_do(bench: Bench, seed: int) -> None:
    """Random letters and random questions: hits, order, pages and rank are those of the rules written out."""
    rng = random.Random(seed)

    def some(most: int) -> str:
        return " ".join(rng.choices(VOCABULARY, k=rng.randint(0, most)))

    tokens = ["org:1:open", "unit:1", "unit:2", "official:1"]
    letters = [
        entry(
            n, some(4), some(12), sender=some(2), doubt=some(2), readers=tuple(rng.sample(tokens, rng.randint(0, 2))),
            register_id=rng.randint(1, 3), unit_id=rng.choice([None, 1, 2]), language=rng.choice(["ka", "ru"]),
        )
        for n in range(1, 81)
    ]  # fmt: skip
    rules = ModelIndex()
    rules.put(letters)
    bench.put(*letters)
    for _ in range(150):
        pieces = []
        for _ in range(rng.randint(0, 3)):
            words = rng.choices(VOCABULARY, k=rng.choice([1, 1, 2, 3]))
            piece = f'"{" ".join(words)}"' if len(words) > 1 or rng.random() < 0.2 else words[0]
            piece += "*" if len(words) == 1 and rng.random() < 0.2 else ""
            pieces.append(("-" if rng.random() < 0.15 else "") + piece)
        chosen = {"register_id": frozenset({rng.randint(1, 3)})} if rng.random() < 0.2 else {}
        asked = question(
            " ".join(pieces), tokens=rng.choice([None, frozenset(rng.sample(tokens, rng.randint(1, 2)))]),
            filters=Filters(chosen), limit=rng.choice([5, 20, 1000]), any_script=rng.random() < 0.3,
        )  # fmt: skip
        expected = rules.propose(asked)
        assert bench.index.propose(asked) == expected, asked
        if expected.more and expected.document_ids:
            last = rules.entries[expected.document_ids[-1]][0]
            following = replace(asked, before=(last.registered_at, last.document_id))
            assert bench.index.propose(following) == rules.propose(following), following
        ranked = replace(asked, order=Order.BEST)
        assert bench.index.propose(ranked) == rules.propose(ranked), ranked
        if (looser := loosened(asked.query)) is not None and len(looser.wanted) < 4:
            ranked = replace(ranked, query=looser)
            assert bench.index.propose(ranked) == rules.propose(ranked), ranked
