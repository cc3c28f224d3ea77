"""A light stemmer for Georgian nouns and adjectives. No other is known; the order of the steps matters.

Particle, one postposition or else one case, final vowel, plural and verbal-noun ending, syncope. Verbs, numbers and
words under four letters are left alone. Known over-merge: დადგენილი and დადგენილება; the exact form tells them apart.
"""

from __future__ import annotations

VOWELS = frozenset("აეიოუ")
POSTPOSITIONS = (
    "ისათვის", "სათვის", "ისთვის", "სთვის", "თათვის",
    "ისაგან", "საგან", "ისგან", "სგან", "თაგან",
    "ისკენ", "სკენ", "იდან", "დან", "სთან", "თან", "ამდე", "მდე", "ზე", "ში", "ვით",
)  # fmt: skip
CASES = ("ისა", "ითა", "სა", "ის", "ით", "ად", "მა", "თა", "ი", "ს", "მ", "დ")
AFTER_VOWEL = frozenset({"დან", "მ", "დ"})
AFTER_CONSONANT = frozenset({"თან", "მა"})
WHOLE_MA = (
    "გეგმა",
    "ფორმა",
    "ნორმა",
    "ფირმა",
)  # here -მა is of the word, not the ergative
UNSYNCOPATED = ("სახელ",)  # name; without its vowel it would be a house
IRREGULAR = {"წელ": "წლ"}  # year

# One letter for each class that the Latin key cannot tell apart, see `latin.py`.
CANON = str.maketrans("ტქყფწჭძღჟ", "თკკპცჩზგჯ")


def stem(word: str) -> str:
    """The stem of a normalised Georgian word: წერილებისათვის and წერილში both give წერილ."""
    return _stem(word, WHOLE_MA, IRREGULAR)


def stem_canonical(word: str) -> str:
    """The same for a word whose letters were merged by `CANON`, as Latin typing merges them."""
    return _stem(word, _CANON_MA, _CANON_IRREGULAR)


_CANON_MA = tuple(word.translate(CANON) for word in WHOLE_MA)
_CANON_IRREGULAR = {a.translate(CANON): b.translate(CANON) for a, b in IRREGULAR.items()}


def _stem(word: str, whole_ma: tuple[str, ...], irregular: dict[str, str]) -> str:
    if len(word) < 4:
        return word
    word = _without_particles(word)
    shorter = _without_postposition(word)
    word = shorter if shorter != word else _without_case(word, whole_ma)
    word = _without_final_vowel(word)
    word = _without_plural(word, irregular)
    word = _syncopated(word)
    return irregular.get(word, word)


def _without_particles(word: str) -> str:
    for particle in ("ც", "ვე"):
        head = word.removesuffix(particle)
        if head != word and len(head) >= 3 and head[-1] in VOWELS:
            word = head
    return word


def _fits(head: str, ending: str) -> bool:
    if len(head) < 2:
        return False
    if ending in AFTER_VOWEL:
        return head[-1] in VOWELS
    return ending not in AFTER_CONSONANT or head[-1] not in VOWELS


def _without_postposition(word: str) -> str:
    for ending in POSTPOSITIONS:
        if word.endswith(ending) and _fits(word[: -len(ending)], ending):
            return word[: -len(ending)]
    return word


def _without_case(word: str, whole_ma: tuple[str, ...]) -> str:
    for ending in CASES:
        if word.endswith(ending) and _fits(word[: -len(ending)], ending):
            if ending == "მა" and word.endswith(whole_ma):
                continue
            return word[: -len(ending)]
    return word


def _without_final_vowel(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "აე" else word


def _without_plural(word: str, irregular: dict[str, str]) -> str:
    """-ებ up to twice; a stem without vowel stays whole (კრება is no კარი), but the years may lose theirs.

    A stem in -ე shows it again before the plural (მოქალაქე, მოქალაქეები), so the final vowel is looked at once more.
    """
    for _ in range(2):
        head = word.removesuffix("ებ")
        if head == word or len(head) < 2 or not (VOWELS & set(head) or len(head) > 2 or head in irregular.values()):
            break
        word = _without_final_vowel(head)
    return word


def _syncopated(word: str) -> str:
    """The vowel that other cases lose: ნომერ, ნომრის; ფურცელ, ფურცლის. Only in stems of two syllables and more."""
    if word.startswith(UNSYNCOPATED) or len(word) < 4 or word[-1] not in "ლრნმ" or word[-2] not in "აეო":
        return word
    return word[:-2] + word[-1] if sum(char in VOWELS for char in word) >= 2 else word
