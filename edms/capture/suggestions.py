"""Guesses for the card from a letter's text: their number and date, the sender, the subject, the sheets. Pure.

A guess carries its confidence and the page where it was seen; it is shown as a guess and confirmed by a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edms.language import language_of

_NUMBER = re.compile(
    r"(?:№|N°|No\.?|ნომერი|համար)\s*[:.]?\s*([0-9A-Za-zა-ჰԱ-ֆА-Яа-я][0-9A-Za-zა-ჰԱ-ֆА-Яа-я./-]{0,30}\d[0-9./-]*)", re.I
)
_DATE = re.compile(r"\b([0-3]?\d)[./-]([01]?\d)[./-]((?:19|20)\d\d)\b")
_IDENTIFICATION = re.compile(r"(?<!\d)(\d{11}|\d{9}|\d{8})(?!\d)")
_TITLE = re.compile(
    r"^\s*(განცხადება|საჩივარი|მოთხოვნა|წერილი|პეტიცია|Դիմում|Բողոք|Գրություն|Заявление|Жалоба|Письмо|Application|Complaint|Letter|Request)\s*$",
    re.I | re.M,
)
_SUBJECT = re.compile(r"^\s*(?:თემა|საკითხი|Թեմա|Тема|Subject|Re)\s*[:–-]\s*(.{5,200})$", re.I | re.M)
_SHEETS = re.compile(r"(\d{1,4})\s*(?:ფურც|թերթ|лист|sheet)", re.I)
_NAME = re.compile(
    r"^\s*((?:[ა-ჰ]{2,20}(?:\s+[ა-ჰ]{2,25}){1,2}|[Ա-Ֆ][ա-և]+(?:\s+[Ա-Ֆ][ա-և]+){1,2}|[А-ЯЁ][а-яё]+(?:\s+[А-ЯЁ][а-яё]+){1,2}|[A-Z][a-z]+(?:\s+[A-Z][A-Za-z]+){1,3}|(?:შპს|სსიპ|ა\(ა\)იპ|სს)\s.{3,80}|.{2,60}\s(?:LLC|Ltd|ՍՊԸ|ООО)))\s*$",
    re.M,
)


@dataclass(frozen=True)
class Guess:
    """A value for a field of the card. `confidence` 0..1; `page` from 1."""

    field: str
    value: str
    confidence: float
    page: int


def guesses(pages: Sequence[str], *, sure: float = 1.0) -> list[Guess]:
    """The guesses of a letter's pages; `sure` (0..1) is how well the text itself was read. At most one per field."""
    found: dict[str, Guess] = {}
    for number, text in enumerate(pages[:3], start=1):
        for guess in _of_page(text, number, sure):
            if guess.field not in found or found[guess.field].confidence < guess.confidence:
                found[guess.field] = guess
    if pages and (language := language_of("\n".join(pages[:3]))):
        found["language"] = Guess("language", language, round(0.95 * sure, 2), 1)
    return sorted(found.values(), key=lambda guess: guess.field)


def _of_page(text: str, page: int, sure: float) -> Iterator[Guess]:
    head = text[:1500]
    if number := _NUMBER.search(head):
        yield Guess("their_number", number[1].rstrip(".-/"), round(0.75 * sure, 2), page)
    if date := _DATE.search(head):
        day, month, year = map(int, date.groups())
        if 1 <= day <= 31 and 1 <= month <= 12:
            yield Guess("their_date", f"{year:04}-{month:02}-{day:02}", round(0.7 * sure, 2), page)
    if identification := _IDENTIFICATION.search(head):
        yield Guess("identification", identification[1], round(0.7 * sure, 2), page)
        name = _name_above(head, identification.start())
        if name:
            yield Guess("correspondent_name", name, round(0.8 * sure, 2), page)
    elif name := _name_above(text, len(text)):
        yield Guess("correspondent_name", name, round(0.5 * sure, 2), page)
    if subject := _SUBJECT.search(head):
        yield Guess("summary", subject[1].strip(), round(0.85 * sure, 2), page)
    elif title := _TITLE.search(head):
        if sentence := _sentence(text[title.end() :]):
            yield Guess("summary", sentence, round(0.55 * sure, 2), page)
        yield Guess("document_type", _type(title[1]), round(0.9 * sure, 2), page)
    if sheets := _SHEETS.search(text):
        yield Guess("annex_sheets", sheets[1], round(0.6 * sure, 2), page)


def _name_above(text: str, before: int) -> str | None:
    names = [match[1].strip() for match in _NAME.finditer(text[:before])]
    return names[-1] if names else None


def _sentence(text: str) -> str | None:
    words = " ".join(text.split())
    end = re.search(r"[.։!?](\s|$)", words)
    said = words[: end.start()] if end else words[:200]
    return said[:200] if len(said) > 10 else None


def _type(title: str) -> str:
    said = title.casefold()
    if said in ("განცხადება", "դիմում", "заявление", "application"):
        return "application"
    if said in ("საჩივარი", "բողոք", "жалоба", "complaint"):
        return "complaint"
    if said in ("მოთხოვნა", "request"):
        return "information_request"
    return "letter"
