"""Does search find the right letter: the judged collection asked of both engines, beside what others would have today.

Beside: (a) words as they are written, (b) Snowball's stems for Armenian, Russian and English (there are none for Georgian),
both as an Elasticsearch with its `standard` tokens ranks them, its own BM25 over number, subject, correspondent and text. The
stems of (b) are made here: the node lacks that module. nDCG and hits are of the first ten; every third question is held out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from math import log2
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import snowballstemmer

from benchmarks.judged.corpus import LANGUAGES, Letter, Question, letters, questions
from benchmarks.report import Report
from benchmarks.stage import stage
from edms.language import query_terms
from edms.search import postgres
from edms.search.port import Asked, Entry, Index, Order, Weight
from edms.search.postgres import PostgresIndex
from edms.search.projection import Passage, placed
from edms.search.wider import near
from tests.services.elastic_nodes import MAKES, missing, running

FIRST = 10
HELD_OUT = 3
PATIENCE = 120.0
"""Seconds of a question: what is found is measured here, on a machine as busy as it may be."""
OPEN = frozenset({"open"})
PLAIN = ("inflected", "words", "name", "number", "day")
OTHERWISE_TYPED = ("latin", "keys")
ZONE = ZoneInfo("Asia/Tbilisi")
FIELDS = {"number": 3, "summary": 2, "correspondent": 2, "text": 1}  # as a careful user of the engine weighs them
STEMMERS = {"hy": "armenian", "ru": "russian", "en": "english"}
_WORD = re.compile(r"\w+")
Asks = Callable[[str], Sequence[int]]


def run(report: Report) -> None:
    """Every question of every engine; the figures by language, of the open part and of the one held out."""
    postgres.TIME_LIMIT = PATIENCE
    written = list(letters())
    entries = [entry_of(letter) for letter in written]
    name = next((name for name in MAKES if missing(name) is None), None)
    with stage() as here:
        with here.house.transaction() as session:
            index = PostgresIndex(session)
            index.put(entries)
            session.connection().exec_driver_sql("ANALYZE search_entry")
            asked = {"PostgreSQL": _asking(written, lambda text: ours(index, text))}
        if name is None:
            report.note(f"Elasticsearch not asked: {missing(next(iter(MAKES)))}.")
        else:
            with running(name) as node:
                engine = node.engine(answer_seconds=PATIENCE)
                making = engine.rebuilding(anew=True)
                for at in range(0, len(entries), 500):
                    making.index.put(entries[at : at + 500])
                making.take_over()
                index = engine.index(None)  # type: ignore[arg-type]
                asked["Elasticsearch"] = _asking(written, lambda text: ours(index, text))
                engine.drop_all()
                for called, stemmed in (("exact words", False), ("Snowball stems", True)):
                    asked[called] = _asking(written, _bm25(engine.client, written, stemmed))
    _tell(report, asked)


def entry_of(letter: Letter) -> Entry:
    """The letter as the index would have it."""
    passages = (
        Passage(letter.number, Weight.SUBJECT),
        Passage(letter.their_number, Weight.SUBJECT),
        Passage(letter.on.isoformat(), Weight.SUBJECT),
        Passage(letter.summary, Weight.SUBJECT),
        Passage(letter.sender, Weight.CARD),
        Passage(letter.text, Weight.TEXT),
    )
    at = datetime.combine(letter.on, time(9), ZONE) + timedelta(seconds=letter.letter_id)
    return Entry(
        document_id=letter.letter_id, organisation_id=1, register_id=1, unit_id=None, correspondent_id=None,
        state="filed", language=letter.language, year=letter.on.year, serial=letter.letter_id, registered_at=at,
        registered_on=letter.on, readers=tuple(OPEN), words=tuple(placed(passages)), stamp="",
    )  # fmt: skip


def ours(index: Index, text: str) -> list[int]:
    """The first ten, best first: those that answer, then those that come near."""
    asked = Asked(query_terms(text), OPEN, frozenset({1}), order=Order.BEST)
    found = list(index.propose(asked).document_ids)
    if (beside := near(index, asked, len(found), FIRST)) is not None:
        found += [one for one in beside.document_ids if one not in found]
    return found[:FIRST]


def _bm25(client: Any, written: Sequence[Letter], stemmed: bool) -> Asks:
    """The engine's own search over fields of its standard tokens, or of their stems."""
    name = f"t-v-beside-{'stems' if stemmed else 'words'}"
    field = {"type": "text", "analyzer": "whitespace" if stemmed else "standard"}
    client.options(request_timeout=60).indices.create(index=name, mappings={"properties": dict.fromkeys(FIELDS, field)})
    lines: list[dict[str, Any]] = []
    for letter in written:
        stem = _stems(letter.language) if stemmed else str
        fields = (f"{letter.number} {letter.their_number}", letter.summary, letter.sender, letter.text)
        lines += [{"index": {"_id": str(letter.letter_id)}}, dict(zip(FIELDS, map(stem, fields), strict=True))]
    for at in range(0, len(lines), 1000):
        client.options(request_timeout=60).bulk(operations=lines[at : at + 1000], index=name)
    client.indices.refresh(index=name)

    def ask(text: str) -> list[int]:
        query = {
            "query": _stems(_language(text))(text) if stemmed else text,
            "fields": [f"{field_name}^{weight}" for field_name, weight in FIELDS.items()], "type": "most_fields",
        }  # fmt: skip
        hits = client.search(index=name, query={"multi_match": query}, size=FIRST, source=False)["hits"]["hits"]
        return [int(hit["_id"]) for hit in hits]

    return ask


def _stems(language: str) -> Callable[[str], str]:
    if language not in STEMMERS:
        return lambda text: " ".join(_WORD.findall(text.lower()))
    stemmer = snowballstemmer.stemmer(STEMMERS[language])
    return lambda text: " ".join(stemmer.stemWords(_WORD.findall(text.lower())))


def _language(text: str) -> str:
    """Which analyzer somebody would have chosen for what was typed."""
    if re.search("[\u0531-\u058f]", text):
        return "hy"
    return (
        "ru"
        if re.search("[\u0400-\u04ff]", text)
        else "ka"
        if re.search("[\u10a0-\u10ff\u1c90-\u1cbf]", text)
        else "en"
    )


class Judged:
    """The grades that one way of asking got."""

    def __init__(self, results: Mapping[Question, tuple[float, float, float]]) -> None:
        self.results = results

    def of(self, chosen: Iterable[Question]) -> tuple[float, float, float]:
        """Means of nDCG at ten, a good letter first, a good letter among ten."""
        values = [self.results[question] for question in chosen]
        return tuple(sum(each) / len(values) for each in zip(*values, strict=True))  # type: ignore[return-value]


def _asking(written: Sequence[Letter], ask: Asks) -> Judged:
    grades = _grades(written)
    return Judged({question: judged(grades[question], ask(question.text)) for question in grades})


_kept: dict[Question, dict[int, int]] = {}


def _grades(written: Sequence[Letter]) -> dict[Question, dict[int, int]]:
    """The letters worth something to each question, and to the same typed in its own letters."""
    if not _kept:
        for question in questions():
            found = {letter.letter_id: worth for letter in written if (worth := question.worth(letter))}
            _kept[question] = found
            if question.kind in OTHERWISE_TYPED:
                _kept[native(question)] = found
    return _kept


def native(question: Question) -> Question:
    """The same question typed in its own letters."""
    return replace(question, text=question.native, kind="native of " + question.kind)


def judged(grades: Mapping[int, int], found: Sequence[int]) -> tuple[float, float, float]:
    """nDCG at ten (a grade counts 2^grade - 1), and whether a letter of grade 2 or 3 is first, or among the ten."""
    gained = sum((2 ** grades.get(one, 0) - 1) / log2(nth + 2) for nth, one in enumerate(found[:FIRST]))
    best = sorted(grades.values(), reverse=True)[:FIRST]
    ideal = sum((2**grade - 1) / log2(nth + 2) for nth, grade in enumerate(best))
    good = [grades.get(one, 0) >= 2 for one in found[:FIRST]]
    return gained / ideal, float(any(good[:1])), float(any(good))


def held_out(question: Question) -> bool:
    """Was it put aside while ranks were chosen?"""
    return crc32(question.text.encode()) % HELD_OUT == 0


def _tell(report: Report, asked: Mapping[str, Judged]) -> None:
    everything = questions()
    beside = [name for name in ("exact words", "Snowball stems") if name in asked]
    for language in LANGUAGES:
        for part, chosen in (
            ("", [q for q in everything if q.language == language and not held_out(q)]),
            (", held out", [q for q in everything if q.language == language and held_out(q)]),
        ):
            for engine in ("PostgreSQL", "Elasticsearch"):
                if engine not in asked:
                    continue
                ndcg, first, ten = (100 * value for value in asked[engine].of(chosen))
                for other in beside:
                    theirs = 100 * asked[other].of(chosen)[0]
                    called = f"nDCG@10 {language}{part}, {engine} ({len(chosen)} questions)"
                    report.row(
                        called if other == beside[0] else f"{called} ",
                        ndcg,
                        "points",
                        other,
                        theirs,
                        ndcg / theirs,
                        "> 1.0 x",
                    )
                report.row(f"a good letter first, {language}{part}, {engine}", first, "%", "among ten", ten)
        plain = [q for q in everything if q.language == language and q.kind in PLAIN]
        for engine in (name for name in ("PostgreSQL", "Elasticsearch") if name in asked and beside):
            mine, theirs = (100 * asked[name].of(plain)[0] for name in (engine, beside[-1]))
            report.row(
                f"nDCG@10 {language}, plain questions, {engine}",
                mine,
                "points",
                beside[-1],
                theirs,
                mine / theirs,
                "> 1.0 x",
            )
        otherwise = [q for q in everything if q.language == language and q.kind in OTHERWISE_TYPED]
        for engine in ("PostgreSQL", "Elasticsearch"):
            if otherwise and engine in asked:
                typed, own = (100 * asked[engine].of(qs)[0] for qs in (otherwise, list(map(native, otherwise))))
                report.row(
                    f"nDCG@10 {language} typed in Latin letters, {engine}",
                    typed,
                    "points",
                    "in its own",
                    own,
                    typed / own,
                    ">= 97 %",
                )


if __name__ == "__main__":
    run(Report())
