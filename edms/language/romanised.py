"""Names in Latin letters, as their owners' passports have them: for logins and file names, not for searching.

Sources: the national system of Georgia (2002) without its apostrophes; BGN/PCGN 1981 for Armenian, without marks; ICAO
Doc 9303-3 for Russian.
"""

from __future__ import annotations

import unicodedata

_LETTERS = {
    **dict(
        zip(
            "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
            [
                "a",
                "b",
                "g",
                "d",
                "e",
                "v",
                "z",
                "t",
                "i",
                "k",
                "l",
                "m",
                "n",
                "o",
                "p",
                "zh",
                "r",
                "s",
                "t",
                "u",
                "p",
                "k",
                "gh",
                "q",
                "sh",
                "ch",
                "ts",
                "dz",
                "ts",
                "ch",
                "kh",
                "j",
                "h",
            ],
            strict=True,
        )
    ),
    **dict(
        zip(
            "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆև",
            [
                "a",
                "b",
                "g",
                "d",
                "e",
                "z",
                "e",
                "y",
                "t",
                "zh",
                "i",
                "l",
                "kh",
                "ts",
                "k",
                "h",
                "dz",
                "gh",
                "ch",
                "m",
                "y",
                "n",
                "sh",
                "o",
                "ch",
                "p",
                "j",
                "r",
                "s",
                "v",
                "t",
                "r",
                "ts",
                "v",
                "p",
                "k",
                "o",
                "f",
                "ev",
            ],
            strict=True,
        )
    ),
    **dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
            [
                "a",
                "b",
                "v",
                "g",
                "d",
                "e",
                "e",
                "zh",
                "z",
                "i",
                "i",
                "k",
                "l",
                "m",
                "n",
                "o",
                "p",
                "r",
                "s",
                "t",
                "u",
                "f",
                "kh",
                "ts",
                "ch",
                "sh",
                "shch",
                "ie",
                "y",
                "",
                "e",
                "iu",
                "ia",
            ],
            strict=True,
        )
    ),
}


def romanised(text: str) -> str:
    """The text in small Latin letters; what has none is left out, blanks and signs stay."""
    plain = unicodedata.normalize("NFC", text).casefold().replace("ու", "u")
    spelled = "".join(_LETTERS.get(letter, letter) for letter in plain)
    # Small once more: a mathematical capital becomes a Latin one only here.
    return "".join(c for c in unicodedata.normalize("NFKD", spelled) if c.isascii()).lower()
