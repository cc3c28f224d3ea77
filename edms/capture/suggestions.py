"""Guesses for the card from a letter's first pages: their number and date, sender, subject, annexes, kind, language. Pure.

Precision first: a wrong guess costs the registrar more than none. So a number counts only where letterheads have it, a
date only where it stands alone or beside the number, a name only where a second sign confirms it. A guess carries its
confidence, its page and its place on it; it is shown as a guess and confirmed by a person. The text is anybody's: only
its beginning is looked at, line by line, and no line further than its first letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from edms.capture.dates import Dated, dates_in
from edms.language import language_of

LINES, LINE_LETTERS = 120, 300
HEAD_LINES, TAIL_LINES = 24, 8

_MARK = r"(?:№|N[°ºo]?|No\.|#)"
_OUR_REFERENCE = re.compile(r"თქვენი|На\s*№|на\s+ваш|Ձեր|your\s+ref|reply\s+to", re.I)
_LABEL = (
    r"(?:ნომერი|რეგ(?:ისტრაციის)?\.?|გამ(?:ავალი)?\.?|Ելից|համար|Исх(?:одящий)?\.?|рег\.?|(?:our\s+)?ref(?:erence)?\.?)"
)
_NUMBER = re.compile(
    rf"^(?:.{{0,40}}?[\s,])?(?:{_LABEL}\s*[:՝.]?\s*{_MARK}?|{_MARK})\s*[:.]?\s*"
    r"(?P<number>[0-9A-Za-zა-ჰԱ-ֆА-Яа-я]{1,8}(?:[./-][0-9A-Za-zა-ჰԱ-ֆА-Яа-я]{1,10}){0,5})(?![\w@])",
    re.I,
)
_PLACE = re.compile(r"\b(?:ქ\.|ქალაქი|г\.|ք\.)\s*[^\W\d]+|\b(?:თბილისი|Ереван|Երևան|Tbilisi|Yerevan)\b", re.I)
_IDENTIFICATION = re.compile(r"(?<![\d/.-])(\d{11}|\d{9}|\d{8})(?![\d/.-])")
_IDENTIFIED = re.compile(
    r"\bპ[./]?ნ\b|პირად|\bს[./]?კ\b|საიდენტ|ՀՎՀՀ|անձնագիր|ՀԾՀ|ИНН|личн|identification|tax|\bID\b", re.I
)
_TITLES = {
    "application": ("განცხადება", "դիմում", "заявление", "application"),
    "complaint": ("საჩივარი", "ადმინისტრაციული საჩივარი", "բողոք", "жалоба", "complaint"),
    "information_request": ("მოთხოვნა", "საჯარო ინფორმაციის მოთხოვნა", "հարցում", "запрос", "information request"),
    "letter": ("წერილი", "գրություն", "письмо", "letter"),
}
_TYPES = {title: kind for kind, titles in _TITLES.items() for title in titles}
_SUBJECT = re.compile(r"^\s*(?:თემა|საკითხი|შინაარსი|Թեմա|Առարկա|Тема|Subject|Re)\s*[:՝–-]\s*(?P<said>.{5,200})$", re.I)
_ABOUT = re.compile(r"^\s*(?P<said>Об?\s+[а-яё]{3,}.{4,180})$")
_ANNEX = re.compile(r"დანართ|თანდართ|приложени|հավելված|կից|enclos|annex|attach", re.I)
_SHEETS = re.compile(
    r"(?<!\d)(\d{1,3})\s*(?:\([^)]{2,30}\)\s*)?(?:ფურც|გვერდ|լիստ|թերթ|лист|л\.|sheets?\b|pages?\b)", re.I
)
_SENDER = re.compile(
    r"^\s*(?:განმცხადებელი|მომჩივანი|გამომგზავნი|Դիմող|Ուղարկող|Заявитель|Отправитель|Applicant|Sender|From)\s*[:՝–-]\s*(?P<said>.{4,120})$",
    re.I,
)
_PERSON = re.compile(
    r"[ა-ჰ]{2,20}(?: [ა-ჰ]{2,25}){1,2}|[Ա-Ֆ][ա-և]{1,20}(?: [Ա-Ֆ][ա-և]{1,25}){1,2}"
    r"|[А-ЯЁ][а-яё]{1,20}(?: [А-ЯЁ][а-яё]{1,25}){1,2}|[A-Z][a-z]{1,20}(?: [A-Z][A-Za-z]{1,25}){1,2}"
)
_BODY = re.compile(
    r"^(?:შპს|სსიპ|ა\(ა\)იპ|სს|ООО|АО|ЗАО|ГНКО)\s.{3,90}$|^.{3,90}\s(?:LLC|Ltd\.?|JSC|ՍՊԸ|ՓԲԸ|ՊՈԱԿ|ՀՈԱԿ)$|^«.{3,80}»\s(?:ՍՊԸ|ՓԲԸ|ՊՈԱԿ|ՀՈԱԿ)$"
)


@dataclass(frozen=True)
class Seen:
    """A page as it was read: its text, and its words as `PageText.words` has them."""

    text: str
    words: Sequence[Sequence[Any]] = ()


@dataclass(frozen=True)
class Guess:
    """A value for a field of the card. `confidence` 0..1; `page` from 1; `box` as fractions of the page."""

    field: str
    value: str
    confidence: float
    page: int
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class _Found:
    """What a line says of a field, in the letters it stands in."""

    field: str
    value: str
    sure: float
    written: str


def guesses(pages: Sequence[Seen]) -> list[Guess]:
    """The guesses of a letter's first pages, at most one per field: the surest, of equals the first."""
    best: dict[str, Guess] = {}
    for number, page in enumerate(pages, start=1):
        for found in _of_page(page.text, first=number == 1):
            box, read = _place(page.words, found.written)
            sure = round(found.sure * read, 2)
            if found.field not in best or best[found.field].confidence < sure:
                best[found.field] = Guess(found.field, found.value, sure, number, box)
    language = language_of("\n".join(page.text[:20_000] for page in pages))
    if language is not None:
        best["language"] = Guess("language", language, round(0.95 * _read(pages), 2), 1)
    return sorted(best.values(), key=lambda guess: guess.field)


def _of_page(text: str, *, first: bool) -> Iterator[_Found]:
    lines = [line[:LINE_LETTERS].strip() for line in text[: LINES * LINE_LETTERS].split("\n")[:LINES]]
    lines = [line for line in lines if line]
    yield from _annexes(lines)
    if not first:
        return
    title = next((n for n, line in enumerate(lines[:HEAD_LINES]) if _kind(line)), None)
    head = lines[: title if title is not None else HEAD_LINES]
    yield from _number_and_date(head, lines)
    yield from _sender(head, lines)
    if title is not None:
        yield _Found("document_type", _kind(lines[title]) or "", 0.9, lines[title])
    yield from _subject(lines, title)


def _kind(line: str) -> str | None:
    """The kind of letter that a line of its own names, also in spaced letters."""
    said = line.strip(" .:").casefold()
    if re.fullmatch(r"(?:\w ){4,}\w", said):
        said = said.replace(" ", "")
    return _TYPES.get(said)


def _number_and_date(head: list[str], lines: list[str]) -> Iterator[_Found]:
    for before, line in pairwise(["", *head]):
        if _OUR_REFERENCE.search(line):
            continue
        days = list(dates_in(line))
        bare = _without(line, days)
        number = _NUMBER.match(bare)
        if number is not None and _is_number(number["number"], bare[: number.start("number")]):
            yield _Found(
                "their_number", number["number"], 0.85 if days or dates_only(before) else 0.75, number["number"]
            )
            if days:
                yield _Found("their_date", days[0].day.isoformat(), 0.85, line[days[0].start : days[0].end])
        elif days and (dates_only(line) or line.startswith("Date: ")):
            yield _Found("their_date", days[0].day.isoformat(), 0.75, line[days[0].start : days[0].end])
    for line in lines[-TAIL_LINES:]:
        if (days := list(dates_in(line))) and dates_only(line):
            yield _Found("their_date", days[0].day.isoformat(), 0.65, line[days[0].start : days[0].end])


def dates_only(line: str) -> bool:
    """Whether a line has nothing to say but a date, and perhaps a place."""
    days = list(dates_in(line))
    left = _PLACE.sub("", _without(line, days))
    return bool(days) and sum(map(str.isalnum, left)) <= 9


def _without(line: str, days: Sequence[Dated]) -> str:
    for day in days[:1]:
        line = f"{line[: day.start]} {line[day.end :]}".strip()
    return line


def _is_number(number: str, before: str) -> bool:
    """A letter's number, not that of a house, a school or a person: it opens its line, and is long or has parts."""
    digits = sum(map(str.isdigit, number))
    alone = sum(map(str.isalpha, re.sub(rf"{_LABEL}|{_MARK}", "", before, flags=re.I))) <= 3
    return alone and digits > 0 and (digits >= 3 or bool(re.search(r"\w[/-]\w", number))) and digits != 11


def _sender(head: list[str], lines: list[str]) -> Iterator[_Found]:
    for line in head:
        if said := _SENDER.match(line):
            name = re.sub(r"\s*<[^<>]*>$", "", said["said"]).strip(' .,"')
            yield _Found("correspondent_name", name, 0.85, name)
        elif _BODY.match(line):
            yield _Found("correspondent_name", line, 0.85 if line in lines[len(head) :] else 0.7, line)
    for n, line in enumerate(head):
        signed = line in lines[max(n + 3, len(lines) - TAIL_LINES) :]
        identified = any(_IDENTIFICATION.search(near) for near in head[n + 1 : n + 4])
        if _PERSON.fullmatch(line) and (signed or identified):
            yield _Found("correspondent_name", line, 0.9 if signed and identified else 0.75, line)
    for line in head:
        if (known := _IDENTIFICATION.search(line)) and (line == known[1] or _IDENTIFIED.search(line)):
            yield _Found("identification", known[1], 0.8, known[1])


def _subject(lines: list[str], title: int | None) -> Iterator[_Found]:
    for line in lines[:HEAD_LINES]:
        if said := _SUBJECT.match(line):
            yield _Found("summary", said["said"].strip(), 0.85, said["said"])
        elif said := _ABOUT.match(line):
            yield _Found("summary", said["said"].strip(" ."), 0.7, said["said"])
    if title is not None and (sentence := _sentence(lines[title + 1 :])):
        yield _Found("summary", sentence, 0.5, sentence)


def _sentence(lines: list[str]) -> str | None:
    words = " ".join(lines[:6])
    end = re.search(r"[.։!?](?:\s|$)", words[:240])
    said = words[: end.start()] if end else words[:200].rpartition(" ")[0]
    return said if len(said) > 10 else None


def _annexes(lines: list[str]) -> Iterator[_Found]:
    for line in lines:
        annex = _ANNEX.search(line)
        if annex and (sheets := _SHEETS.search(line, annex.start())):
            yield _Found("annex_sheets", sheets[1], 0.75, sheets[0])


def _place(words: Sequence[Sequence[Any]], written: str) -> tuple[tuple[float, float, float, float] | None, float]:
    """Where on the page it is written, and how well it was read there (0..1)."""
    wanted = written.split()
    said = [str(word[0]) for word in words]
    for n in range(len(said) - len(wanted) + 1):
        run = said[n : n + len(wanted)]
        if wanted and wanted[0] in run[0] and all(want in has for want, has in zip(wanted, run, strict=True)):
            boxes = words[n : n + len(wanted)]
            left, top = min(float(b[1]) for b in boxes), min(float(b[2]) for b in boxes)
            right = max(float(b[1]) + float(b[3]) for b in boxes)
            bottom = max(float(b[2]) + float(b[4]) for b in boxes)
            read = min(float(b[5]) for b in boxes) / 100
            return (round(left, 5), round(top, 5), round(right - left, 5), round(bottom - top, 5)), max(0.0, read)
    return None, _read([Seen("", words)])


def _read(pages: Sequence[Seen]) -> float:
    """How well the words were read on the whole (0..1); text that was never recognised is as it was written."""
    sure = [float(word[5]) for page in pages for word in page.words[:2000]]
    return max(0.0, sum(sure) / len(sure) / 100) if sure else 1.0
