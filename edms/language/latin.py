"""One folded key for all the ways in which Georgian, Armenian and Russian are typed with Latin letters.

The key is the stem of a canonical word in which letters that Latin habits confuse are one (თ and ტ, ց and ծ, ш and щ).
A native word and any of its spellings are folded to the same canonical word first and stemmed after, so they meet by
construction: `gancxadebaze`, `gantskhadeba` and განცხადების have one key. Capitals C and S stand for ჩ ჭ and შ,
J never occurs, x is ხ, c is ც წ. Rules of 2002 (Georgian), BGN/PCGN and ISO 9985 (Armenian), the usual Russian ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice, product

from edms.language import armenian, georgian
from edms.language.normal import normalise
from edms.language.stems import MAX_STEMMED, stem

# Scientific letters are digraphs in disguise; normalising would take their marks away.
_SCIENTIFIC = str.maketrans(
    {
        "š": "sh",
        "č": "ch",
        "ž": "zh",
        "ǰ": "j",
        "ç": "ts",
        "ġ": "gh",
        "ŝ": "shch",
        "ǧ": "j",
    }
)

_GEORGIAN = str.maketrans("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", "abgdevztiklmnopjrstupkgkSCczcCxjh")
# While a word is stemmed ძ is kept apart: -ძე ends names, -ზე is "on". In the key both are z.
_GEORGIAN_APART = _GEORGIAN | {ord("ძ"): "Z"}
_GEORGIAN_BACK = str.maketrans("abgdevzZtiklmnoprsuSCcxjh", "აბგდევზძთიკლმნოპრსუშჩცხჯჰ")
_GEORGIAN_LATIN = (
    (
        re.compile("sh|ch|ts|dz|zh|gh|kh"),
        {"sh": "S", "ch": "C", "ts": "c", "dz": "Z", "zh": "j", "gh": "g", "kh": "x"},
    ),
    (re.compile("[qywf]"), {"q": "k", "y": "k", "w": "c", "f": "p"}),
)
_ARMENIAN = str.maketrans("աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ", "abgdezeytjilxckhzgCmynSoCpjrsvtrcvpkop")
_ARMENIAN_BACK = {ord(a): b for a, b in zip("abgdezytjilxckhCmnSopjrsvu", "աբգդեզյթժիլխցկհճմնշոպջրսվ", strict=False)}
_ARMENIAN_BACK[ord("u")] = "ու"
_ARMENIAN_LATIN = (
    (
        re.compile("zh|kh|ts|tz|dz|gh|ch|sh|rr|ou|ow|ye|^vo"),
        {
            "zh": "j",
            "kh": "x",
            "ts": "c",
            "tz": "c",
            "dz": "z",
            "gh": "g",
            "ch": "C",
            "sh": "S",
            "rr": "r",
        }
        | {"ou": "u", "ow": "u", "ye": "e", "vo": "o"},
    ),
    (re.compile("[qwf]"), {"q": "k", "w": "v", "f": "p"}),
)
# What the letters of a looser habit may also stand for, spelled by the rules above: j and c for ճ, x and kh for ղ, w for շ,
# e or nothing for ը, and the digraphs of other tables.
_LOOSELY = re.compile("tch|[dt]z|dj|[jpt]h|kh|^e(?=[^aeiouy])|^n(?=[tdkgqcj])|ee|oo|(?<![td])c(?!h)|[jxw]")
_LOOSE = {
    "tch": ("ch",), "dj": ("j",), "jh": ("zh",), "ph": ("p",), "th": ("t",), "tz": ("tz", "dz"), "dz": ("dz", "ts"),
    "kh": ("kh", "gh"), "x": ("x", "gh"), "c": ("c", "ch"), "j": ("j", "ch"), "w": ("w", "sh"), "e": ("e", "y"),
    "n": ("n", "yn"), "ee": ("i",), "oo": ("u",),
}  # fmt: skip
_MOST_LOOSE, _LEAST_LOOSE = 16, 4  # readings of a word, letters of a key
_SCHWA = re.compile("(?<![aeiou])y(?![aeiou])")  # ը; beside a vowel y is յ
_RUSSIAN = str.maketrans(
    dict(zip("абвгдежзиклмнопрстуфхцчшщыэ", "abvgdejziklmnoprstupxcCSSye", strict=True))
    | {"й": "", "ъ": "", "ь": "", "ю": "iu", "я": "ia"}
)
_RUSSIAN_BACK = str.maketrans("abvgdejziklmnoprstuxcCS", "абвгдежзиклмнопрстухцчш")
_SOFT = re.compile("(?<=[aeou])i[au]")  # after a consonant it is the и of an ending, ния or нию
_SOFT_LETTERS = {"ia": "я", "iu": "ю"}
_RUSSIAN_LATIN = (
    (re.compile("shch|sch|shh"), {"shch": "S", "sch": "S", "shh": "S"}),
    (re.compile("zh|kh|ts|tz|ch|sh"), {"zh": "j", "kh": "x", "ts": "c", "tz": "c", "ch": "C", "sh": "S"}),
    (re.compile("[qwfh]"), {"q": "k", "w": "v", "f": "p", "h": "x"}),
)
_SHORT_I = re.compile("j(?=[aou])|(?<=[aeiouy])j")
_YO = re.compile("(?<=[^aeiouy])yo")
_Y = re.compile("y")
_SHORT = re.compile("(?<=[aeou])i(?![au])")
_II = re.compile("ii+")
_OTHER = re.compile("[^a-zA-Z]")
Rules = tuple[tuple[re.Pattern[str], dict[str, str]], ...]


def native_key(word: str, language: str) -> str:
    """The key of a normalised word in ka, hy or ru; empty for what has no letter of it."""
    return _key(_fold_native(word, language), language)


def fold_native(word: str, language: str) -> str:
    """A normalised native word in the letters of the key, not stemmed: what prefixes are compared with."""
    return _fold_native(word, language).replace("Z", "z")


def _fold_native(word: str, language: str) -> str:
    if language == "ka":
        return _OTHER.sub("", word.translate(_GEORGIAN_APART))
    if language == "hy":
        return _OTHER.sub("", word.replace("ու", "u").translate(_ARMENIAN)).replace("ye", "e")
    return _softened(_OTHER.sub("", word.translate(_RUSSIAN)))


def latin_keys(surface: str) -> tuple[str, ...]:
    """The keys of a word written in Latin letters, read as Georgian, Armenian and Russian; equal ones once."""
    if len(surface) > MAX_STEMMED:
        return ()
    keys = (_key(folded, language) for language, folded in _latin_folds(surface).items())
    return tuple(dict.fromkeys(key for key in keys if key))


def latin_folds(surface: str) -> dict[str, str]:
    """A word in Latin letters in the letters of the key, as each language it may be, not stemmed."""
    return {language: folded.replace("Z", "z") for language, folded in _latin_folds(surface).items()}


def key_of(folded: str, language: str) -> str:
    """The key of a word in the letters of the key, as `latin_folds` gives it by language."""
    return _key(folded, language)


def loose_keys(surface: str) -> tuple[str, ...]:
    """Keys of an Armenian word typed by looser habits, beside `latin_keys`: canaparh, janaparh and tchanaparh are ճանապարհ.

    A letter then stands for several, so these are for a word that has found little, and none is short: `water` is not շատ.
    """
    if len(surface) > MAX_STEMMED:
        return ()
    spelled = normalise(surface.casefold().translate(_SCIENTIFIC))
    pieces: list[tuple[str, ...]] = [(piece,) for piece in _LOOSELY.split(spelled)]
    for nth, found in enumerate(_LOOSELY.findall(spelled)):
        pieces.insert(2 * nth + 1, _LOOSE[found])
    readings = islice(map("".join, product(*pieces)), _MOST_LOOSE)
    known = latin_keys(surface)
    keys = (_key(_fold(reading, _ARMENIAN_LATIN), "hy") for reading in readings)
    return tuple(dict.fromkeys(key for key in keys if len(key) >= _LEAST_LOOSE and key not in known))


def _latin_folds(surface: str) -> dict[str, str]:
    spelled = normalise(surface.casefold().translate(_SCIENTIFIC))
    folds = {
        "ka": _fold(spelled, _GEORGIAN_LATIN),
        "hy": _fold(spelled, _ARMENIAN_LATIN),
        "ru": _softened(_YO.sub("e", _fold(spelled, _RUSSIAN_LATIN))),
    }
    if _SHORT_I.search(spelled):  # й and the beginning of я, ю by some habits, ж by others
        folds["ru-j"] = _softened(_YO.sub("e", _fold(_SHORT_I.sub("y", spelled), _RUSSIAN_LATIN)))
    return folds


def _fold(spelled: str, rules: Rules) -> str:
    for pattern, letters in rules:
        spelled = pattern.sub(_letter(letters), spelled)
    return _OTHER.sub("", spelled)  # the apostrophe stood between t and s until here


def _letter(letters: dict[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda found: letters[found[0]]


def _softened(folded: str) -> str:
    """One i for я, ю, ия, ию by any spelling; y is ы among consonants, else a softness that the key leaves out.

    An i after a vowel may be й, so it is left out of both; тс is typed as ц is.
    """
    return _SHORT.sub("", _II.sub("i", _Y.sub(_russian_y, folded))).replace("ts", "c")


def _russian_y(found: re.Match[str]) -> str:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    if after and after in "au":
        return "i"
    return "i" if before and before not in "aeiouy" and after != "e" else ""


@lru_cache(maxsize=16384)
def _key(folded: str, language: str) -> str:
    """The stem of the canonical word that `folded` stands for, in the letters of the key again."""
    if language == "ka":
        return georgian.stem_canonical(folded.translate(_GEORGIAN_BACK)).translate(_GEORGIAN)
    if language == "hy":
        word = _SCHWA.sub("ը", folded).translate(_ARMENIAN_BACK)
        return armenian.stem(word).replace("ու", "u").translate(_ARMENIAN)
    word = _SOFT.sub(lambda found: _SOFT_LETTERS[found[0]], folded).translate(_RUSSIAN_BACK)
    return _softened(stem(word, "ru").translate(_RUSSIAN))
