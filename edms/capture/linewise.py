"""The lines of a page's text, and which of its words stand in them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

Box = tuple[float, float, float, float]
"""x, y, width, height as fractions of the page."""


@dataclass(frozen=True)
class Row:
    """A line: its number in the text from 0, and its words, those from `start` up to `stop` of the page's."""

    number: int
    start: int
    stop: int


def rows(text: str, words: Sequence[Sequence[Any]]) -> list[Row]:
    """The lines that have words. Text and words are of one reading; from where they do not agree, none are found."""
    found = []
    at = 0
    for number, line in enumerate(text.split("\n")):
        said = line.split()
        if not said:
            continue
        stop = at + len(said)
        if [str(word[0]) for word in words[at:stop]] != said:
            break
        found.append(Row(number, at, stop))
        at = stop
    return found


def around(words: Sequence[Sequence[Any]]) -> Box:
    """The box around all of these words."""
    left, top = min(word[1] for word in words), min(word[2] for word in words)
    right, bottom = max(word[1] + word[3] for word in words), max(word[2] + word[4] for word in words)
    return (left, top, round(right - left, 5), round(bottom - top, 5))


def said_anew(words: Sequence[Sequence[Any]], said: Sequence[str]) -> list[list[Any]]:
    """The words of a line as a person says they are: those that stay keep their boxes, the others share what they replace."""
    new: list[list[Any]] = []
    before = [str(word[0]) for word in words]
    for act, start, stop, from_, until in SequenceMatcher(None, before, list(said), autojunk=False).get_opcodes():
        if act == "equal":
            new += [[*word[:5], 100] for word in words[start:stop]]
        elif act != "delete":
            new += _shared(_room(words, start, stop), said[from_:until])
    return new


def _room(words: Sequence[Sequence[Any]], start: int, stop: int) -> Box:
    """The place of these words; where there are none, what lies between their neighbours."""
    if stop > start:
        return around(words[start:stop])
    before, after = words[start - 1] if start else None, words[start] if start < len(words) else None
    left = before[1] + before[3] if before is not None else words[0][1]
    right = after[1] if after is not None else words[-1][1] + words[-1][3]
    _, top, _, tall = around(words)
    return (left, top, max(0.001, right - left), tall)


def _shared(room: Box, said: Sequence[str]) -> list[list[Any]]:
    left, top, across, tall = room
    letters = sum(map(len, said)) + len(said) - 1
    new: list[list[Any]] = []
    at = 0
    for word in said:
        start, width = left + across * at / letters, across * len(word) / letters
        new.append([word, round(start, 5), top, round(width, 5), tall, 100])
        at += len(word) + 1
    return new
