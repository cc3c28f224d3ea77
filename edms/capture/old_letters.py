"""Letters of the years before Unicode: which eight-bit code a text is written in, told by how often its letters come.

Russian in three codes, Georgian in two, Armenian in ARMSCII-8. A wrong code turns the usual letters of a language into
rare ones, so the share of usual letters tells; what is none of these is taken for Western European.
"""

from __future__ import annotations

import codecs

SAMPLE = 20_000
ENOUGH = 0.45

_LOW = [chr(code) for code in range(0x80)]
_CYRILLIC_USUAL = "оеаинтсрвлкмдпу"
_GEORGIAN_USUAL = "აიესრბლდნომთუვ"
_ARMENIAN_USUAL = "անեիրոտւկսմվյլհ"


def _table(letters: dict[int, str]) -> str:
    return "".join([*_LOW, *(letters.get(code, "\ufffd") for code in range(0x80, 0x100))])


def _georgian(order: str) -> str:
    return _table(
        {0xA0: "\u00a0", 0x84: "„", 0x93: "“", 0x96: "–", **{0xC0 + i: letter for i, letter in enumerate(order)}}
    )


def _armenian() -> str:
    signs = {0xA0 + i: sign for i, sign in enumerate("\u00a0\ufffdև։)(»«—.՝,-֊…՜՛՞")} | {0xFE: "՚"}
    signs |= {0xB0: "՛", 0xB1: "՞"}
    letters = {0xB2 + 2 * i: chr(0x531 + i) for i in range(38)} | {0xB3 + 2 * i: chr(0x561 + i) for i in range(38)}
    return _table(signs | letters)


CODES: dict[str, tuple[str, str]] = {
    "cp1251": ("", _CYRILLIC_USUAL),
    "koi8-r": ("", _CYRILLIC_USUAL),
    "cp866": ("", _CYRILLIC_USUAL),
    "georgian-ps": (_georgian("აბგდევზჱთიკლმნჲოპჟრსტჳუფქღყშჩცძწჭხჴჯჰჵ"), _GEORGIAN_USUAL),
    "georgian-academy": (_georgian("აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶ"), _GEORGIAN_USUAL),
    "armscii-8": (_armenian(), _ARMENIAN_USUAL),
}
"""Name of a code: its table where the language has none, and the letters that make up most of a text in it."""


def likeliest(whole: bytes) -> str:
    """The letters of eight-bit text in the code that makes most sense of it."""
    sample = whole[:SAMPLE]
    sense, name = max((_sense(_read(sample, name), usual), name) for name, (_, usual) in CODES.items())
    return _read(whole, name if sense >= ENOUGH else "cp1252")


def _read(whole: bytes, name: str) -> str:
    table = CODES.get(name, ("", ""))[0]
    return codecs.charmap_decode(whole, "replace", table)[0] if table else whole.decode(name, "replace")


def _sense(text: str, usual: str) -> float:
    """The share of usual small letters among all that is beyond ASCII."""
    foreign = [letter for letter in text if ord(letter) > 127]
    return sum(letter in usual for letter in foreign) / len(foreign) if foreign else 0.0
