"""Lines that the engine read in doubt: noted when a page is kept, for a person to look at; and what words in doubt may be.

A word in doubt is searchable as what the engine has been seen to confuse it with, too: learned from corrections,
language by language, and used from the second time on; and as what is known to look alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms.capture.linewise import around, rows
from edms.capture.models import Confusion, DoubtfulLine, LineState, PageText
from edms.registry.models import Content

DOUBT = 80
"""Confidence, 0 to 100, below which a line is looked at by a person; lines read rightly have 90 and more."""
FEWEST_LETTERS = 4
MOST_A_PAGE = 12
"""The worst of a page: where nearly all is wrong, a better scan helps, and no clerk."""
LONGEST = 3
"""Letters that are confused with others at once; what is longer is another word."""
OFTEN = 2
MOST_OTHERWISE = 6
"""Readings of one word beside its own."""
MOST_ALTERNATIVES = 400
KNOWN: Mapping[str, Mapping[str, Sequence[str]]] = {
    "ka": {"ჰ": ("პ",), "პ": ("ჰ",), "შ": ("ჩ",), "ჩ": ("შ",)},
    "hy": {
        "և": ("եւ", "ու"), "եւ": ("և",), "ու": ("եւ",), "ճ": ("հ",), "Ճ": ("Հ",), "Ը": ("Հ",), "Բ": ("Հ", "Ք"), "ե": ("ն",),
        "Ս": ("Մ",), "ղ": ("դ",), "լ": ("յ",),
    },
}  # fmt: skip
"""What is alike in print, for a house that has corrected nothing yet; what it has learned comes before these."""
UNSURE: Mapping[str, int] = {"hy": 92}
"""Confidence below which words are searched for as others too, where that is not DOUBT: the Armenian model is surer of
what it reads wrongly. Measured: docs/adr/0005."""
STOPS_AS_LETTERS = frozenset({"hy"})
"""Where the engine reads the full stop as one more letter: a word may end before its last."""
FEWEST_BEFORE_STOP = 3
FIGURES = str.maketrans({
    "O": "0", "o": "0", "О": "0", "о": "0", "Օ": "0", "օ": "0", "l": "1", "I": "1", "І": "1", "|": "1", "З": "3", "з": "3",
})  # fmt: skip
"""Letters that are figures in a word that has figures: Latin, Cyrillic and Armenian o, and what looks like a one or three."""


def note(session: Session, content: Content, page: PageText) -> None:
    """Note a page's lines that were read in doubt, and what else their words may be."""
    of_page = (DoubtfulLine.content_id == content.content_id, DoubtfulLine.page == page.page)
    session.execute(delete(DoubtfulLine).where(*of_page, DoubtfulLine.state == LineState.WAITING))
    judged = set(session.scalars(select(DoubtfulLine.line).where(*of_page)))
    doubtful = []
    for row in rows(page.text, page.words):
        words = page.words[row.start : row.stop]
        sure = _sure(words)
        if sure < DOUBT and row.number not in judged and _letters(words) >= FEWEST_LETTERS:
            doubtful.append((sure, row.number, words))
    outer_id = _outer(session, content)
    for sure, number, words in sorted(doubtful, key=lambda each: each[:2])[:MOST_A_PAGE]:
        session.add(
            DoubtfulLine(
                organisation_id=content.organisation_id, content_id=content.content_id, outer_id=outer_id,
                page=page.page, line=number, box=list(around(words)), confidence=round(sure), language=page.language,
                before=" ".join(word[0] for word in words),
            )
        )  # fmt: skip
    page.alternatives = alternatives(page.words, confusions(session, page.language), page.language)


def learn(session: Session, language: str, before: str, after: str) -> None:
    """Keep what was taken for what in a line that a person has corrected."""
    for seen, meant in confused(before, after):
        found = insert(Confusion).values(language=language, seen=seen, meant=meant, times=1)
        session.execute(
            found.on_conflict_do_update(
                index_elements=["language", "seen", "meant"], set_={"times": Confusion.times + 1}
            )
        )


def confused(before: str, after: str) -> list[tuple[str, str]]:
    """The short runs of letters that were read as others, as (seen, meant)."""
    acts = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    pairs = [(before[i:j], after[k:m]) for act, i, j, k, m in acts if act == "replace"]
    return [pair for pair in pairs if all(len(run) <= LONGEST and not any(map(str.isspace, run)) for run in pair)]


def confusions(session: Session, language: str | None) -> Mapping[str, list[str]]:
    """What each run of letters was written as where it was read wrongly, the frequent first."""
    found = select(Confusion.seen, Confusion.meant).where(Confusion.language == language, Confusion.times >= OFTEN)
    known: dict[str, list[str]] = {}
    for seen, meant in session.execute(found.order_by(Confusion.times.desc(), Confusion.confusion_id)):
        known.setdefault(seen, []).append(meant)
    for seen, alike in KNOWN.get(language or "", {}).items():
        known[seen] = list(dict.fromkeys([*known.get(seen, ()), *alike]))
    return known


def alternatives(words: Sequence[Sequence[Any]], known: Mapping[str, list[str]], language: str | None = None) -> str:
    """What the words in doubt may be by the known confusions, one of them at a time in a word; letters for figures all at once."""
    unsure, ended = UNSURE.get(language or "", DOUBT), language in STOPS_AS_LETTERS
    found: dict[str, None] = {}
    for word, *_, sure in words:
        if sure < unsure:
            found |= dict.fromkeys(_otherwise(str(word), known, ended=ended)[:MOST_OTHERWISE])
    return " ".join(list(found)[:MOST_ALTERNATIVES])


def _otherwise(word: str, known: Mapping[str, list[str]], *, ended: bool) -> list[str]:
    as_number = word.translate(FIGURES)
    figures = [as_number] if as_number != word and any(map(str.isdigit, word)) else []
    if not ended or len(word) <= FEWEST_BEFORE_STOP or not word.isalpha():
        return figures + _confused(word, known)
    return [*figures, word[:-1], *_confused(word, known), *_confused(word[:-1], known)]


def _confused(word: str, known: Mapping[str, list[str]]) -> list[str]:
    return [
        word[:at] + meant + word[at + len(seen) :]
        for seen, all_meant in known.items()
        for at in range(len(word))
        if word.startswith(seen, at)
        for meant in all_meant
    ]


def _sure(words: Sequence[Sequence[Any]]) -> float:
    said = [(word[5], len(word[0])) for word in words if any(map(str.isalnum, word[0]))]
    return sum(sure * length for sure, length in said) / sum(length for _, length in said) if said else 100.0


def _letters(words: Sequence[Sequence[Any]]) -> int:
    return sum(map(str.isalpha, "".join(word[0] for word in words)))


def _outer(session: Session, content: Content) -> int:
    outer = content
    while outer.parent_id is not None:
        outer = session.get_one(Content, outer.parent_id)
    return outer.content_id
