"""The letters of the collection, each with the facts it was made of, and what a letter is worth to a question."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LANGUAGES = ("ka", "hy", "ru", "en")
LETTERS = 1_300
"""Of each language."""
FIRST_DAY = date(2023, 1, 9)
SPREAD = 1_000  # days in which the letters of a language came
FULL, BESIDE, MENTIONED = 3, 2, 1


@dataclass
class Letter:
    """A letter as its card and paper say it, and its facts: name of a fact to what it is worth, 1 to 3."""

    letter_id: int
    language: str
    number: str
    their_number: str
    on: date
    sender: str
    address: str
    summary: str
    text: str
    facts: dict[str, int] = field(default_factory=dict)

    def is_about(self, fact: str, worth: int) -> None:
        """Keep a fact; of two the greater worth counts."""
        self.facts[fact] = max(worth, self.facts.get(fact, 0))


@dataclass(frozen=True)
class Question:
    """What somebody types, and the facts that a good letter has.

    `subjects`: what each subject is worth; `facts`: all of them must be there. `native`: the same question typed in
    its own letters, where it is typed otherwise.
    """

    language: str
    kind: str
    text: str
    subjects: Mapping[str, int] = field(hash=False)
    facts: tuple[str, ...]
    native: str = ""

    def worth(self, letter: Letter) -> int:
        """The grade of a letter, 0 to 3: that of the least of what was asked for."""
        if letter.language != self.language and not self.facts:
            return 0
        grades = [letter.facts.get(fact, 0) for fact in self.facts]
        if self.subjects:
            grades.append(max(min(worth, letter.facts.get(name, 0)) for name, worth in self.subjects.items()))
        return min(grades)


def letters() -> Iterator[Letter]:
    """All of them, in the order of their ids; those of the four languages came in turns."""
    makers = [_Maker(language, LETTERS) for language in LANGUAGES]
    for nth in range(LETTERS):
        for at, maker in enumerate(makers):
            yield maker.letter(nth, 1 + nth * len(makers) + at)


@cache
def page(language: str) -> dict[str, Any]:
    """What letters of a language are made of."""
    return tomllib.loads((HERE / f"{language}.toml").read_text(encoding="utf-8"))


def questions() -> list[Question]:
    """The judged questions: `language | kind | text | subject=grade … fact … | native text`."""
    made = []
    for line in (HERE / "questions.txt").read_text(encoding="utf-8").split("\n"):
        if not line or line.startswith("#"):
            continue
        language, kind, text, facts, *native = (part.strip(" ") for part in line.split(" | "))
        words = facts.split(";")
        subjects = {name: int(worth) for name, worth in (w.split("=") for w in map(str.strip, words) if "=" in w)}
        others = tuple(word.strip() for word in words if ":" in word)
        made.append(Question(language, kind, text, subjects, others, native[0] if native else ""))
    return made


class _Maker:
    def __init__(self, language: str, count: int) -> None:
        self.language, self.words = language, page(language)
        self.chance = random.Random(f"{language} letters")
        self.made: list[Letter] = []
        self.days = sorted(self.chance.randrange(SPREAD) for _ in range(count))

    def letter(self, nth: int, letter_id: int) -> Letter:
        chance = self.chance
        on = FIRST_DAY + timedelta(days=self.days[nth])
        number = f"{chance.choice(('12-05', '12-08', '07-02', '01-03', '03-02'))}/{3000 + letter_id}"
        again = self.made and chance.random() < 0.06
        made = (self._again if again else self._fresh)(letter_id, number, on)
        made.is_about(f"number:{number}", FULL)
        made.is_about(f"day:{on.isoformat()}", FULL)
        made.is_about(f"their:{made.their_number}", FULL)
        if self.made and chance.random() < 0.2:
            self._cite(made, chance.choice(self.made[-200:]))
        self.made.append(made)
        return made

    def _fresh(self, letter_id: int, number: str, on: date) -> Letter:
        chance, words = self.chance, self.words
        street, house = chance.choice(words["streets"]), chance.randint(1, 120)
        names = list(words["topics"])
        name = chance.choice(names)
        long = chance.random() < 0.07
        sender, whose = (chance.choice(words["bodies"]),) * 2 if chance.random() < 0.15 else self._person()
        facts = _names(whose, FULL)
        said = {"street": street, "house": house}
        topic = words["topics"][name]
        if long:
            summary = f"{words['minutes']} № {chance.randint(1, 90)}"
            body = self._minutes(facts, names)
            facts[f"street:{street}"] = MENTIONED
        else:
            wording = chance.choice(topic["subjects"])
            summary = wording.format(**said)
            body = chance.sample(topic["says"], chance.randint(2, len(topic["says"])))
            facts[name] = FULL
            facts[f"street:{street}"] = FULL if "{street}" in wording else MENTIONED
        others = [other for other in names if other != name]
        if not long and chance.random() < 0.12:
            beside = chance.choice(others)
            body += [words["also"], *chance.sample(words["topics"][beside]["says"], 2)]
            facts[beside] = max(BESIDE, facts.get(beside, 0))
        if not long and chance.random() < 0.35:
            other = chance.choice(others)
            body.insert(chance.randint(0, len(body)), words["topics"][other]["mention"])
            facts[other] = max(MENTIONED, facts.get(other, 0))
        if chance.random() < 0.12:
            neighbour, who = self._person()
            body.append(words["neighbour"].format(whom=_of(neighbour, self.language)))
            facts = _names(who, MENTIONED) | facts
        body += chance.sample(words["filler"], chance.randint(1, 4))
        address = words["where"].format(**said)
        day = words["day"].format(year=on.year, d=on.day, month=words["months"][on.month - 1])
        head = [words["greeting"], f"{sender}\n{address}\n{day}", chance.choice(words["title"])]
        text = "\n\n".join([*head, " ".join(body), words["signed"].format(sender=sender)])
        their = f"{chance.randint(1, 40):02}-{chance.randint(1, 30):02}/{chance.randint(100, 2900)}"
        return Letter(letter_id, self.language, number, their, on, sender, address, summary, text, facts)  # fmt: skip

    def _minutes(self, facts: dict[str, int], names: list[str]) -> list[str]:
        """A long paper in which much is mentioned and nothing is the subject."""
        chance, words = self.chance, self.words
        body = []
        for name in chance.sample(names, chance.randint(5, 9)):
            topic = words["topics"][name]
            body += [topic["mention"], *chance.sample(words["filler"], 3), chance.choice(topic["says"])]
            facts[name] = MENTIONED
        return body

    def _again(self, letter_id: int, number: str, on: date) -> Letter:
        """The same once more: a reminder under its own number."""
        one = self.chance.choice(self.made)
        facts = {k: v for k, v in one.facts.items() if not k.startswith(("number:", "day:", "their:"))}
        text = self.words["reminder"] + one.text
        their = f"{one.their_number}-{self.chance.randint(2, 9)}"
        return Letter(letter_id, self.language, number, their, on, one.sender, one.address, one.summary, text, facts)  # fmt: skip

    def _cite(self, letter: Letter, other: Letter) -> None:
        day = self.words["day"].format(year=other.on.year, d=other.on.day, month=self.words["months"][other.on.month - 1])  # fmt: skip
        head, rest = letter.text.split("\n\n", 1)
        letter.text = f"{head}\n\n{self.words['cited'].format(day=day, number=other.number)}\n\n{rest}"
        letter.is_about(f"number:{other.number}", MENTIONED)
        letter.is_about(f"day:{other.on.isoformat()}", MENTIONED)

    def _person(self) -> tuple[str, str]:
        """A name as it is written, and as its facts name it."""
        at = self.chance.randrange(len(self.words["first"]))
        first, last = self.words["first"][at], self.chance.choice(self.words["last"])
        name = f"{first} {last}"
        if self.language == "ru" and first[-1] in "ая":
            return f"{name}а", name
        return name, name


def _names(who: str, worth: int) -> dict[str, int]:
    """The facts of a person who writes or is spoken of: by her whole name, and by each part of it."""
    first, _, last = who.partition(" ")
    return {f"sender:{who}": worth, f"first:{first}": worth, f"name:{last}": worth}


def _of(name: str, language: str) -> str:
    """The name in the genitive, as letters speak of somebody."""
    first, last = name.split()
    if language == "en":
        return name
    if language == "hy":
        return f"{first} {last}ի"
    if language == "ru":
        return _russian(first, last)
    if last[-1] == "ი":
        return f"{first} {last}ს" if last.endswith("შვილი") else f"{first} {last[:-1]}ის"
    return f"{first} {last[:-1]}ის" if last.endswith("ძე") else f"{first} {last}ს"


def _russian(first: str, last: str) -> str:
    if last.endswith("а"):
        first = first[:-1] + ("и" if first.endswith("я") or first[-2] in "гкхжшщч" else "ы")
        return f"{first} {last[:-1]}ой"
    first = {"Пётр": "Петра"}.get(first, first[:-1] + "я" if first.endswith("й") else first + "а")
    return f"{first} {last}а"
