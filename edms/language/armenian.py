"""A light stemmer for Armenian nouns and adjectives.

Snowball's Armenian stemmer is not used: on the declined nouns of an office's vocabulary it brought 67 % of forms to
the stem of their nominative (հայտարարություն and հայտարարության stay apart), this one all of them (docs/adr/language.md).
Endings are taken off until none is left, so a form of a form comes to the same stem.
"""

from __future__ import annotations

import re

VOWELS = frozenset("աեէըիոօու")
# Definite article, cases, plural; longest first. The plural, case and article of one word go one after another.
ENDINGS = (
    "ներ",
    "եր",
    "ին",
    "ից",
    "ով",
    "ում",
    "ուն",
    "ուց",
    "ու",
    "վա",
    "ը",
    "ն",
    "ի",
)
# Abstract nouns change inside: -ություն, -ության, -ությամբ; in the old spelling -ութիւն, -ութեան.
_ABSTRACT = re.compile("(?<=..)ությ(?:ուն|ան|ամբ|ու|ա)?$")
# Nouns of action: որոշում, genitive որոշման. Not so: border, order, condition.
_ACTION = re.compile("(?<=..)(?:ման|մամբ)(?:ն|ը|ից)?$")
_NOT_ACTION = re.compile("(?:սահ|հրա|պայ)ման")


def stem(word: str) -> str:
    """The stem of a normalised Armenian word: դիմումների and դիմումից both give դիմ."""
    if len(word) < 4:
        return word
    word = word.replace("ութիւն", "ություն").replace("ութեան", "ության")
    while True:
        if found := _ABSTRACT.search(word):
            return word[: found.start()] + "ությ"
        if (found := _ACTION.search(word)) and not _NOT_ACTION.search(word):
            word = word[: found.start()] + "ում"
        for ending in ENDINGS:
            head = word.removesuffix(ending)
            if head != word and len(head) >= 3 and VOWELS & set(head):
                word = head
                break
        else:
            return word
